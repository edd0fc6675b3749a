import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;

/** Definitions are what is known beside R4: profiles that were given, and what the documents themselves define. */
final class Definitions {
  private static final Set<String> TYPES = Set.of("StructureDefinition", "CodeSystem", "ValueSet");

  private Definitions() {}

  static PrePopulatedValidationSupport of(FhirContext context, List<Path> files, List<Shapes.Document> documents) throws IOException {
    PrePopulatedValidationSupport known = new PrePopulatedValidationSupport(context);
    for (Path file : files) {
      Documents.read(file, (where, resource) -> add(context, known, resource.path("resourceType").asText(), resource.toString()));
    }
    for (Shapes.Document d : documents) {
      add(context, known, d.type(), d.json());
    }
    return known;
  }

  private static void add(FhirContext context, PrePopulatedValidationSupport known, String type, String json) {
    if (TYPES.contains(type)) {
      known.addResource(context.newJsonParser().parseResource(json));
    }
  }
}
