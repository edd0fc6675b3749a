import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Shapes keeps the first resource of every shape. Two resources have one shape
 * if they have the same properties, the same codes, units, profiles, addresses
 * and other words from a fixed list, and texts, dates, ids and numbers that are
 * written alike: "2026-01-05" as "2026-01-06", but not as "2026-01". Of an array
 * it counts which shapes its elements have, not how many have each. A document
 * and what defines something (a CodeSystem, a CapabilityStatement) has no shape
 * but itself.
 */
final class Shapes {
  /** Properties whose values are words from a list, which validators look up. */
  private static final Set<String> WORDS = Set.of(
      "resourceType", "code", "system", "unit", "display", "url", "profile", "status", "type", "mode", "intent",
      "lifecycleStatus", "comparator", "use", "method", "severity", "outcome", "action", "version");
  private static final Set<String> THEMSELVES = Set.of(
      "CodeSystem", "ValueSet", "StructureDefinition", "OperationDefinition", "SearchParameter",
      "CapabilityStatement", "Composition", "DiagnosticReport", "Subscription", "Parameters");

  /** A Document is a resource, with the file in which it lies. */
  record Document(String where, String type, String json) {}

  private final Set<String> seen = new HashSet<>();
  private final List<Document> all = new ArrayList<>();
  private int read;

  private Shapes() {}

  static Shapes of(List<Path> paths) throws IOException {
    Shapes shapes = new Shapes();
    for (Path file : Documents.files(paths)) {
      Documents.read(file, shapes::take);
    }
    return shapes;
  }

  List<Document> all() {
    return all;
  }

  int read() {
    return read;
  }

  private void take(String where, ObjectNode resource) {
    read++;
    String type = resource.path("resourceType").asText();
    boolean itself = THEMSELVES.contains(type) || resource.path("type").asText().equals("document");
    if (seen.add(itself ? resource.toString() : shape("", resource))) {
      all.add(new Document(where + " " + type + "/" + resource.path("id").asText("-"), type, resource.toString()));
    }
  }

  private static String shape(String name, JsonNode value) {
    if (value.isObject()) {
      Map<String, String> properties = new TreeMap<>();
      value.properties().forEach(p -> properties.put(p.getKey(), shape(p.getKey(), p.getValue())));
      return properties.toString();
    }
    if (value.isArray()) {
      Set<String> elements = new TreeSet<>();
      value.forEach(element -> elements.add(shape(name, element)));
      return elements.toString();
    }
    return value.isTextual() ? written(name, value.asText()) : value.getNodeType() + (value.toString().startsWith("-") ? "-" : "");
  }

  /** A text's form: 9 for digits, a for letters and what else is in words, the rest as it is. */
  private static String written(String name, String text) {
    if (WORDS.contains(name)) {
      return text;
    }
    if (text.matches("[0-9TZ:.+-]+")) {
      return text.replaceAll("[0-9]", "9");
    }
    return name.equals("reference") ? text.replaceAll("/.*", "") : "a";
  }
}
