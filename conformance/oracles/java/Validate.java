import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;

/**
 * HL7's validator, as HAPI FHIR ships it with the definitions of R4, reads one
 * resource of every shape (see Shapes). An error is a fault; so is a warning
 * that the list does not explain, and a line of the list that explains nothing.
 *
 * <p>java Validate WARNINGS.csv [--definitions FILE]... PATH...
 */
public final class Validate {
  private final Explained explained;
  private final FhirValidator validator;
  private final Map<String, Integer> validated = new TreeMap<>();
  private final int shown = Integer.getInteger("shown", 50);
  private int faults;

  private Validate(Explained explained, FhirValidator validator) {
    this.explained = explained;
    this.validator = validator;
  }

  public static void main(String[] args) throws Exception {
    Explained explained = Explained.read(Path.of(args[0]));
    List<Path> definitions = new ArrayList<>();
    List<Path> paths = new ArrayList<>();
    for (int i = 1; i < args.length; i++) {
      if (args[i].equals("--definitions")) {
        definitions.add(Path.of(args[++i]));
      } else {
        paths.add(Path.of(args[i]));
      }
    }
    Shapes shapes = Shapes.of(paths);
    FhirContext context = FhirContext.forR4();
    Validate run = new Validate(explained, validator(context, Definitions.of(context, definitions, shapes.all())));
    run.validate(shapes.all());
    System.exit(run.report(shapes));
  }

  /** Nothing here asks the network: what is known is R4's and what was given. */
  private static FhirValidator validator(FhirContext context, PrePopulatedValidationSupport ours) {
    ValidationSupportChain chain = new ValidationSupportChain(
        ours,
        new DefaultProfileValidationSupport(context),
        new OutsideCodes(context),
        new CommonCodeSystemsTerminologyService(context),
        new InMemoryTerminologyServerValidationSupport(context),
        new SnapshotGeneratingValidationSupport(context));
    chain.setCodeableConceptValidationSuccessfulIfNotAllCodingsAreValid(true); // R4 terminologies.html#4.1.5: one of the codings suffices
    FhirInstanceValidator module = new FhirInstanceValidator(chain);
    module.setErrorForUnknownProfiles(true);
    module.setAnyExtensionsAllowed(false);
    module.setBestPracticeWarningLevel(BestPracticeWarningLevel.Warning);
    return context.newValidator().registerValidatorModule(module);
  }

  private void validate(List<Shapes.Document> documents) throws Exception {
    ExecutorService workers = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    List<Future<List<SingleValidationMessage>>> found = new ArrayList<>();
    for (Shapes.Document d : documents) {
      found.add(workers.submit(() -> validator.validateWithResult(d.json()).getMessages()));
    }
    for (int i = 0; i < documents.size(); i++) {
      judge(documents.get(i), found.get(i).get());
    }
    workers.shutdown();
  }

  private void judge(Shapes.Document document, List<SingleValidationMessage> messages) {
    validated.merge(document.type(), 1, Integer::sum);
    for (SingleValidationMessage m : messages) {
      boolean warns = m.getSeverity() == ResultSeverityEnum.WARNING;
      if (m.getSeverity() == ResultSeverityEnum.INFORMATION || (warns && (OutsideCodes.isWhy(m.getMessage()) || explained.has(m)))) {
        continue;
      }
      fault(document.where() + ": " + m.getSeverity().getCode() + " at " + m.getLocationString() + ": " + m.getMessage().replace('\n', ' '));
    }
  }

  private void fault(String text) {
    if (++faults <= shown) {
      System.out.println(text);
    }
  }

  private int report(Shapes shapes) {
    for (String line : explained.unused()) {
      fault("no warning is explained by " + line);
    }
    int count = validated.values().stream().mapToInt(Integer::intValue).sum();
    System.out.printf("%d checked, %d faults; of %d resources, one of every shape: %s; %d warnings, all explained by %d reasons%n",
        count, faults, shapes.read(), validated, explained.count(), explained.reasons());
    return faults == 0 && count > 0 ? 0 : 1;
  }
}
