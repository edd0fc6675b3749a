import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.ConceptValidationOptions;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.context.support.LookupCodeRequest;
import ca.uhn.fhir.context.support.ValidationSupportContext;
import java.util.regex.Pattern;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.CodeSystem;

/**
 * OutsideCodes stands for code systems whose tables nobody may ship: of LOINC and
 * SNOMED CT it says that a code is right if its check digit is (of LOINC's
 * answers, whose digit is made in another way, if its form is). Whether it is the
 * right concept is for the tests of our own tables.
 */
final class OutsideCodes implements IValidationSupport {
  private static final String LOINC = "http://loinc.org";
  private static final String SNOMED = "http://snomed.info/sct";
  private static final Pattern LOINC_CODE = Pattern.compile("[1-9][0-9]{0,6}-[0-9]");
  private static final Pattern LOINC_ANSWER = Pattern.compile("LA[1-9][0-9]*-[0-9]");
  private static final Pattern SNOMED_CODE = Pattern.compile("[1-9][0-9]{5,17}");
  private static final int[][] TURN = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4}, {5, 8, 0, 3, 7, 9, 6, 1, 4, 2}, {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
    {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1}, {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}
  };

  private final FhirContext context;

  OutsideCodes(FhirContext context) {
    this.context = context;
  }

  @Override
  public FhirContext getFhirContext() {
    return context;
  }

  @Override
  public boolean isCodeSystemSupported(ValidationSupportContext root, String system) {
    return LOINC.equals(system) || SNOMED.equals(system);
  }

  @Override
  public CodeValidationResult validateCode(
      ValidationSupportContext root, ConceptValidationOptions options, String system, String code, String display, String valueSet) {
    if (!isCodeSystemSupported(root, system) || valueSet != null) {
      return null;
    }
    if (right(system, code)) {
      return new CodeValidationResult().setCode(code).setDisplay(display).setCodeSystemName(system);
    }
    String says = code + " is no code of " + system + ": its form or its check digit is wrong";
    return new CodeValidationResult()
        .setSeverity(IssueSeverity.ERROR)
        .setMessage(says)
        .addIssue(new CodeValidationIssue(says, IssueSeverity.ERROR, CodeValidationIssueCode.CODE_INVALID, CodeValidationIssueCoding.INVALID_CODE));
  }

  /** What the validator evaluates a value set's rules on is not there, and says so. */
  @Override
  public IBaseResource fetchCodeSystem(String system) {
    return isCodeSystemSupported(null, system) ? new CodeSystem().setUrl(system).setContent(CodeSystem.CodeSystemContentMode.NOTPRESENT) : null;
  }

  @Override
  public LookupCodeResult lookupCode(ValidationSupportContext root, LookupCodeRequest request) {
    if (!isCodeSystemSupported(root, request.getSystem())) {
      return null;
    }
    LookupCodeResult result = new LookupCodeResult();
    result.setSearchedForSystem(request.getSystem());
    result.setSearchedForCode(request.getCode());
    result.setFound(right(request.getSystem(), request.getCode()));
    return result;
  }

  /** isWhy says of a warning that it is about a table that is not there, and not about the document. */
  static boolean isWhy(String message) {
    return message.contains("not-present") && (message.contains("'" + LOINC + "'") || message.contains("'" + SNOMED + "'"));
  }

  private static boolean right(String system, String code) {
    if (LOINC.equals(system)) {
      return LOINC_ANSWER.matcher(code).matches() || (LOINC_CODE.matcher(code).matches() && luhn(code.replace("-", "")));
    }
    return SNOMED_CODE.matcher(code).matches() && verhoeff(code);
  }

  /** The Mod 10 algorithm of the LOINC Users' Guide, appendix C. */
  private static boolean luhn(String digits) {
    int sum = 0;
    for (int i = 0; i < digits.length(); i++) {
      int n = digits.charAt(digits.length() - 1 - i) - '0';
      sum += i % 2 == 0 ? n : (2 * n) / 10 + (2 * n) % 10;
    }
    return sum % 10 == 0;
  }

  /** Verhoeff's algorithm, by which SNOMED CT's identifiers are checked (SCTID, release file specification 5.2.2). */
  private static boolean verhoeff(String digits) {
    int check = 0;
    for (int i = 0; i < digits.length(); i++) {
      int n = TURN[i % 8][digits.charAt(digits.length() - 1 - i) - '0'];
      check = multiply(check, n);
    }
    return check == 0;
  }

  /** The product in the dihedral group D5, whose rotations are 0 to 4. */
  private static int multiply(int a, int b) {
    boolean flipped = a >= 5;
    int turned = flipped ? (a % 5 - b % 5 + 5) % 5 : (a + b % 5) % 5;
    return flipped == b >= 5 ? turned : turned + 5;
  }
}
