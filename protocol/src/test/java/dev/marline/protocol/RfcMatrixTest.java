package dev.marline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/rfc-matrix.md} names tests that exist, in whichever module, and classes that exist. It reads the sources, because the
 * tests of the modules above are not on this one's class path.
 */
class RfcMatrixTest {
    private static final Path ROOT = root();
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final Pattern TEST_ANNOTATION =
            Pattern.compile("\\s*@(Test|ParameterizedTest|RepeatedTest|FuzzTest|ForBothRoles|OverHttp2And3)\\b.*");
    private static final Pattern METHOD = Pattern.compile("\\s*(?:public )?void (\\w+)\\(.*");

    /** A requirement; the cells in the order of the table's columns. */
    private record Row(int line, List<String> cells) {
        String where() {
            return cells.get(3);
        }

        String test() {
            return cells.get(4);
        }
    }

    @Test
    void everyRowHasAllItsCells() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(100).allSatisfy(row -> {
            assertThat(row.cells()).as("line %d", row.line()).hasSize(5).noneMatch(String::isBlank);
            assertThat(row.cells().get(2)).as("line %d", row.line()).isIn("client", "server", "both");
        });
    }

    @Test
    void everyRowNamesATestThatExists() throws IOException {
        Set<String> tests = tests();
        assertThat(rows()).allSatisfy(row -> {
            List<String> named = quoted(row.test());
            if (named.isEmpty()) {
                assertThat(row.test()).as("line %d has no test", row.line()).startsWith("not applicable");
            }
            assertThat(tests).as("line %d", row.line()).containsAll(named);
        });
    }

    @Test
    void everyClassThatEnforcesSomethingExists() throws IOException {
        Set<String> classes = new TreeSet<>();
        for (Path file : sources("main")) {
            classes.add(simpleName(file));
        }
        assertThat(rows())
                .allSatisfy(row -> assertThat(classes).as("line %d", row.line()).containsAll(quoted(row.where())));
    }

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        List<String> lines = Files.readAllLines(ROOT.resolve("docs/rfc-matrix.md"));
        for (int i = 0; i < lines.size(); i++) {
            // A requirement's row begins with its section; heads of tables do not.
            if (lines.get(i).matches("\\| \\d.*\\|")) {
                String[] cells =
                        lines.get(i).substring(1, lines.get(i).length() - 1).split("\\|", -1);
                rows.add(new Row(i + 1, Stream.of(cells).map(String::strip).toList()));
            }
        }
        return rows;
    }

    /** {@code FramesTest.aReservedOpcodeFailsWith1002} and so on, of all modules. */
    private static Set<String> tests() throws IOException {
        Set<String> tests = new TreeSet<>();
        for (Path file : sources("test")) {
            boolean annotated = false;
            for (String line : Files.readAllLines(file)) {
                annotated |= TEST_ANNOTATION.matcher(line).matches();
                Matcher method = METHOD.matcher(line);
                if (method.matches()) {
                    if (annotated) {
                        tests.add(simpleName(file) + "." + method.group(1));
                    }
                    annotated = false;
                }
            }
        }
        return tests;
    }

    private static List<Path> sources(String kind) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path sources : modules.map(module -> module.resolve("src/" + kind + "/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> all = Files.walk(sources)) {
                    all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
                }
            }
        }
        return files;
    }

    private static List<String> quoted(String cell) {
        return QUOTED.matcher(cell)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }

    private static String simpleName(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - ".java".length());
    }

    private static Path root() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("docs/rfc-matrix.md"))) {
            directory = directory.getParent();
            if (directory == null) {
                throw new IllegalStateException("no docs/rfc-matrix.md in any directory above");
            }
        }
        return directory;
    }
}
