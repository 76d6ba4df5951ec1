package dev.marline.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The head of an HTTP request or response, as it stood on the wire. */
public record HttpHead(String startLine, List<String> fields) {
    /** Reads to the empty line and not a byte further. */
    static HttpHead read(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String head = "";
        while (!head.endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the connection ended in the head: '" + head + "'");
            }
            bytes.write(next);
            head = next == '\n' ? bytes.toString(StandardCharsets.ISO_8859_1) : "";
        }
        List<String> lines = head.lines().filter(line -> !line.isEmpty()).toList();
        return new HttpHead(lines.get(0), lines.subList(1, lines.size()));
    }

    public int status() {
        return Integer.parseInt(startLine.split(" ", 3)[1]);
    }

    /** The values of a header, joined with a comma; null for none. */
    public String header(String name) {
        List<String> values = headers(name).toList();
        return values.isEmpty() ? null : String.join(", ", values);
    }

    public Stream<String> headers(String name) {
        return fields.stream()
                .map(field -> field.split(":", 2))
                .filter(parts -> parts[0].equalsIgnoreCase(name))
                .map(parts -> parts[1].strip());
    }
}
