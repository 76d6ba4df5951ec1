package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Sources.Row;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@code docs/security.md} says of each kind of hole where it was found, and names tests that exist and hold it shut here. */
class SecurityTableTest {
    private static final int ELSEWHERE = 1;
    private static final int HERE = 2;
    private static final int TEST = 3;

    /** A kind's row begins in bold. */
    private static List<Row> rows() throws IOException {
        return Sources.rows("docs/security.md", "\\*\\*");
    }

    @Test
    void everyRowSaysWhereItWasAndWhatIsDone() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(15).allSatisfy(row -> {
            assertThat(row.cells()).as("line %d", row.line()).hasSize(4).noneMatch(String::isBlank);
            assertThat(row.cells().get(ELSEWHERE))
                    .as("line %d", row.line())
                    .containsPattern("CVE-\\d{4}-\\d{4,}|GHSA-|no number");
            assertThat(row.cells().get(HERE)).as("line %d", row.line()).hasSizeGreaterThan(20);
        });
    }

    @Test
    void everyRowNamesTestsThatExist() throws IOException {
        Set<String> tests = Sources.tests();
        assertThat(rows())
                .allSatisfy(row -> assertThat(row.quoted(TEST))
                        .as("line %d", row.line())
                        .isNotEmpty()
                        .isSubsetOf(tests));
    }
}
