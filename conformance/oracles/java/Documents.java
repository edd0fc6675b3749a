import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Documents reads resources out of JSON and NDJSON files, a Bundle's entries
 * one at a time, so that a Bundle of years fits in memory. A number keeps its digits.
 */
final class Documents {
  private static final ObjectMapper JSON = new ObjectMapper()
      .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
      .configure(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES, false);

  private Documents() {}

  /** A Reader takes each resource, with the file in which it lies. */
  interface Reader {
    void take(String where, ObjectNode resource);
  }

  static List<Path> files(List<Path> paths) throws IOException {
    Set<Path> found = new HashSet<>();
    for (Path path : paths) {
      try (Stream<Path> below = Files.walk(path)) {
        below.filter(p -> p.toString().endsWith(".json") || p.toString().endsWith(".ndjson")).forEach(found::add);
      }
    }
    return found.stream().sorted().toList();
  }

  /** read takes apart what is a Bundle, an array of resources, or lines of them. */
  static void read(Path file, Reader reader) throws IOException {
    String where = file.getFileName().toString();
    try (JsonParser parser = JSON.createParser(file.toFile())) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.START_ARRAY) {
          readAll(parser, where, reader);
        } else {
          readOne(parser, where, reader);
        }
      }
    }
  }

  private static void readAll(JsonParser parser, String where, Reader reader) throws IOException {
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      reader.take(where, (ObjectNode) JSON.readTree(parser));
    }
  }

  /**
   * readOne reads an object whose entries, if it has any, are resources of their
   * own too. A document is validated as a whole; of any other Bundle's entries
   * it keeps the first of each type.
   */
  private static void readOne(JsonParser parser, String where, Reader reader) throws IOException {
    ObjectNode object = JSON.createObjectNode();
    Set<String> types = new HashSet<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (!name.equals("entry") || value != JsonToken.START_ARRAY) {
        object.set(name, JSON.<JsonNode>readTree(parser));
        continue;
      }
      ArrayNode kept = object.putArray("entry");
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        ObjectNode entry = JSON.readTree(parser);
        JsonNode resource = entry.path("resource");
        boolean first = types.add(resource.path("resourceType").asText());
        if (first || object.path("type").asText().equals("document")) {
          kept.add(entry);
        }
        if (resource.isObject()) {
          reader.take(where, (ObjectNode) resource);
        }
      }
    }
    reader.take(where, object);
  }
}
