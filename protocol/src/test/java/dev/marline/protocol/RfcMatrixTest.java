package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Sources.Row;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@code docs/rfc-matrix.md} names tests that exist, in whichever module, and classes that exist. */
class RfcMatrixTest {
    private static final int WHERE = 3;
    private static final int TEST = 4;

    @Test
    void everyRowHasAllItsCells() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(100).allSatisfy(row -> {
            assertThat(row.cells()).as("line %d", row.line()).hasSize(5).noneMatch(String::isBlank);
            assertThat(row.cells().get(2)).as("line %d", row.line()).isIn("client", "server", "both");
        });
    }

    @Test
    void everyRowNamesATestThatExists() throws IOException {
        Set<String> tests = Sources.tests();
        assertThat(rows()).allSatisfy(row -> {
            List<String> named = row.quoted(TEST);
            if (named.isEmpty()) {
                assertThat(row.cells().get(TEST))
                        .as("line %d has no test", row.line())
                        .startsWith("not applicable");
            }
            assertThat(tests).as("line %d", row.line()).containsAll(named);
        });
    }

    @Test
    void everyClassThatEnforcesSomethingExists() throws IOException {
        Set<String> classes = Sources.classes();
        assertThat(rows())
                .allSatisfy(row -> assertThat(classes).as("line %d", row.line()).containsAll(row.quoted(WHERE)));
    }

    /** A requirement's row begins with its section; heads of tables do not. */
    private static List<Row> rows() throws IOException {
        return Sources.rows("docs/rfc-matrix.md", "\\d");
    }
}
