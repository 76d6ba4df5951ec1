package dev.marline.protocol.handshake;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The header fields of a request or response, in order, a field as often as it was sent. Immutable. Names are compared without
 * regard to case, RFC 9110 §5.1.
 *
 * <pre>{@code
 * Headers headers = Headers.of("Cookie", "session=17", "X-Trace", "on");
 * headers.first("cookie"); // Optional[session=17]
 * }</pre>
 */
public final class Headers implements Iterable<Headers.Field> {
    /** One header field. */
    public record Field(String name, String value) {
        /**
         * @throws IllegalArgumentException if the name is not a token or the value has a control character, a line break say: that
         *     could end the header and begin another
         */
        public Field {
            if (!HeaderSyntax.isToken(name)) {
                throw new IllegalArgumentException(
                        "'" + HeaderSyntax.printable(name) + "' is not a header name (RFC 9110 5.1)");
            }
            if (!HeaderSyntax.isFieldValue(value)) {
                throw new IllegalArgumentException(
                        "the value of header " + name + " has a control character: " + HeaderSyntax.printable(value));
            }
        }

        @Override
        public String toString() {
            return name + ": " + value;
        }
    }

    public static final Headers EMPTY = new Headers(List.of());

    private final List<Field> fields;

    private Headers(List<Field> fields) {
        this.fields = fields;
    }

    public static Headers of(List<Field> fields) {
        return new Headers(List.copyOf(fields));
    }

    /**
     * Names and values in turn.
     *
     * @throws IllegalArgumentException if a last name has no value, or as {@link Field#Field} says
     */
    public static Headers of(String... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException(
                    "names and values must come in pairs, not " + namesAndValues.length + " strings");
        }
        List<Field> fields = new ArrayList<>(namesAndValues.length / 2);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.add(new Field(namesAndValues[i], namesAndValues[i + 1]));
        }
        return of(fields);
    }

    /** These and one more. */
    public Headers with(String name, String value) {
        List<Field> more = new ArrayList<>(fields);
        more.add(new Field(name, value));
        return of(more);
    }

    /** These and then the others. */
    public Headers with(Headers others) {
        List<Field> more = new ArrayList<>(fields);
        more.addAll(others.fields);
        return of(more);
    }

    /** These but for the fields of that name. */
    public Headers without(String name) {
        return of(fields.stream()
                .filter(field -> !field.name.equalsIgnoreCase(name))
                .toList());
    }

    public boolean contains(String name) {
        return first(name).isPresent();
    }

    /** The value of the first field of that name. */
    public Optional<String> first(String name) {
        for (Field field : fields) {
            if (field.name.equalsIgnoreCase(name)) {
                return Optional.of(field.value);
            }
        }
        return Optional.empty();
    }

    /** The values of all fields of that name, in order. */
    public List<String> all(String name) {
        List<String> values = new ArrayList<>(1);
        for (Field field : fields) {
            if (field.name.equalsIgnoreCase(name)) {
                values.add(field.value);
            }
        }
        return values;
    }

    /** The elements of a comma-separated list that may be spread over several fields, RFC 9110 §5.6.1; empty ones are left out. */
    public List<String> list(String name) {
        List<String> elements = new ArrayList<>(2);
        for (String value : all(name)) {
            for (int start = 0, end; start <= value.length(); start = end + 1) {
                int comma = value.indexOf(',', start);
                end = comma < 0 ? value.length() : comma;
                String element = value.substring(start, end).strip();
                if (!element.isEmpty()) {
                    elements.add(element);
                }
            }
        }
        return elements;
    }

    /** Whether such a list has an element, compared without regard to case. */
    public boolean listContains(String name, String element) {
        for (String each : list(name)) {
            if (each.equalsIgnoreCase(element)) {
                return true;
            }
        }
        return false;
    }

    public int size() {
        return fields.size();
    }

    @Override
    public Iterator<Field> iterator() {
        return fields.iterator();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Headers headers && headers.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.toString();
    }
}
