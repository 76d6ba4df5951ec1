package dev.marline.protocol;

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

/**
 * What the project's sources have in them, for documents that name tests and classes. They are read, because the tests of the modules
 * above are not on this one's class path.
 */
final class Sources {
    private static final Path ROOT = root();
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final Pattern TEST_ANNOTATION =
            Pattern.compile("\\s*@(Test|ParameterizedTest|RepeatedTest|FuzzTest|ForBothRoles|OverHttp2And3)\\b.*");
    private static final Pattern METHOD = Pattern.compile("\\s*(?:public )?void (\\w+)\\(.*");

    private Sources() {}

    /** A row of a table; its cells in the order of the columns. */
    record Row(int line, List<String> cells) {
        /** What is quoted in one of them. */
        List<String> quoted(int cell) {
            return QUOTED.matcher(cells.get(cell))
                    .results()
                    .map((MatchResult result) -> result.group(1))
                    .toList();
        }
    }

    /**
     * The rows of a document's tables.
     *
     * @param first what the first cell of each that is wanted matches
     */
    static List<Row> rows(String document, String first) throws IOException {
        List<Row> rows = new ArrayList<>();
        List<String> lines = Files.readAllLines(ROOT.resolve(document));
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.matches("\\| " + first + ".*\\|")) {
                String[] cells = line.substring(1, line.length() - 1).split("\\|", -1);
                rows.add(new Row(i + 1, Stream.of(cells).map(String::strip).toList()));
            }
        }
        return rows;
    }

    /** {@code FramesTest.aReservedOpcodeFailsWith1002} and so on, of all modules. */
    static Set<String> tests() throws IOException {
        Set<String> tests = new TreeSet<>();
        for (Path file : files("test")) {
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

    /** The names of the classes that have a file of their own, tests not among them. */
    static Set<String> classes() throws IOException {
        Set<String> classes = new TreeSet<>();
        for (Path file : files("main")) {
            classes.add(simpleName(file));
        }
        return classes;
    }

    private static List<Path> files(String kind) throws IOException {
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
