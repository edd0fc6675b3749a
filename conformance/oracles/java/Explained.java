import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

/** Explained is the list of warnings that are known, each with the reason why it stays. */
final class Explained {
  private static final class Line {
    private final String text;
    private final Pattern at;
    private final Pattern message;
    private int count;

    private Line(CSVRecord row) {
      text = row.get("at") + ", " + row.get("message");
      at = Pattern.compile(row.get("at"));
      message = Pattern.compile(row.get("message"));
      if (row.get("reason").isBlank()) {
        throw new IllegalArgumentException("no reason for " + text);
      }
    }
  }

  private final List<Line> lines = new ArrayList<>();

  private Explained() {}

  /** The file has the columns at and message, regular expressions that find something in a warning's place and text, and reason. */
  static Explained read(Path file) throws IOException {
    Explained explained = new Explained();
    CSVFormat format = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();
    try (Reader reader = Files.newBufferedReader(file)) {
      for (CSVRecord row : format.parse(reader)) {
        explained.lines.add(new Line(row));
      }
    }
    return explained;
  }

  /** has finds the first line that explains the warning, and counts it. */
  boolean has(SingleValidationMessage m) {
    for (Line line : lines) {
      if (line.at.matcher(m.getLocationString()).find() && line.message.matcher(m.getMessage()).find()) {
        line.count++;
        return true;
      }
    }
    return false;
  }

  List<String> unused() {
    return lines.stream().filter(line -> line.count == 0).map(line -> line.text).toList();
  }

  int count() {
    return lines.stream().mapToInt(line -> line.count).sum();
  }

  int reasons() {
    return lines.size();
  }
}
