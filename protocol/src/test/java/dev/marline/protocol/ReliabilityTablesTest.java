package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Sources.Row;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each row of the tables in {@code docs/reliability.md} states what happens after a fault, and names tests that exist. */
class ReliabilityTablesTest {
    private static final int RESULT = 1;
    private static final int TEST = 2;

    /** A row begins with its fault in bold. */
    private static List<Row> rows() throws IOException {
        return Sources.rows("docs/reliability.md", "\\*\\*");
    }

    @Test
    void everyRowStatesWhatHappensAndNamesTestsThatExist() throws IOException {
        Set<String> tests = Sources.tests();
        assertThat(rows()).allSatisfy(row -> {
            assertThat(row.cells()).as("line %d", row.line()).hasSize(3).noneMatch(String::isBlank);
            assertThat(row.cells().get(RESULT)).as("line %d", row.line()).hasSizeGreaterThan(20);
            assertThat(row.quoted(TEST)).as("line %d", row.line()).isNotEmpty().isSubsetOf(tests);
        });
    }
}
