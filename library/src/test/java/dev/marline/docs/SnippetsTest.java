package dev.marline.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.testing.Certificates;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the documents show is true: the Java of each is put together to a program, compiled and run, and prints what its text blocks
 * say.
 */
class SnippetsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern BLOCK =
            Pattern.compile("^```(java|text)\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    @TempDir
    private Path folder;

    static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            Stream<Path> all = Stream.concat(Stream.of(ROOT.resolve("README.md")), docs.sorted());
            List<Path> withJava = new ArrayList<>();
            for (Path document :
                    (Iterable<Path>) all.filter(each -> each.toString().endsWith(".md"))::iterator) {
                if (Files.readString(document).contains("```java")) {
                    withJava.add(ROOT.relativize(document));
                }
            }
            return withJava;
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everySnippetCompilesAndRuns(Path document) throws Exception {
        StringBuilder code = new StringBuilder();
        List<String> programs = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(Files.readString(ROOT.resolve(document)));
        while (blocks.find()) {
            String block = blocks.group(2);
            if (blocks.group(1).equals("java") && isProgram(block)) {
                programs.add(block);
            } else if (blocks.group(1).equals("java") && !isImports(block)) {
                code.append(block);
            } else if (blocks.group(1).equals("text")) {
                expected.add(block);
            }
        }
        writeFilesThatDocumentsMention();
        StringBuilder printed = new StringBuilder(run("Program", inMain(code.toString())));
        for (String program : programs) {
            Matcher name =
                    Pattern.compile("^public class (\\w+)", Pattern.MULTILINE).matcher(program);
            assertThat(name.find()).as(program).isTrue();
            printed.append(run(name.group(1), program));
        }
        assertThat(expected).allSatisfy(text -> assertThat(printed.toString()).contains(text));
    }

    @Test
    void echoTakesAtMostFiveLinesOnEachSide() throws IOException {
        Matcher blocks = BLOCK.matcher(Files.readString(ROOT.resolve("README.md")));
        assertThat(blocks.find()).isTrue();
        assertThat(blocks.group(2).lines()).hasSizeLessThanOrEqualTo(5);
        assertThat(blocks.find()).isTrue();
        assertThat(blocks.group(2).lines()).hasSizeLessThanOrEqualTo(5);
    }

    /** Whether it is a source file with its own imports, to be compiled as it is. */
    private static boolean isProgram(String block) {
        return block.startsWith("import ") && !isImports(block);
    }

    private static boolean isImports(String block) {
        return block.lines().allMatch(line -> line.startsWith("import "));
    }

    /** What documents leave out: the imports are those that one of them lists. */
    private static String inMain(String code) throws IOException {
        Matcher blocks = BLOCK.matcher(Files.readString(ROOT.resolve("docs/how-to/use-in-your-project.md")));
        String imports = blocks.results()
                .map(block -> block.group(2))
                .filter(SnippetsTest::isImports)
                .findFirst()
                .orElseThrow();
        return """
                %s
                class Program {
                    public static void main(String[] args) throws Exception {
                        %s
                        System.exit(0);
                    }
                }
                """.formatted(imports, code);
    }

    private String run(String name, String program) throws Exception {
        String onFreePort = program.replaceAll("8080|8443", String.valueOf(freePort()));
        Path source = Files.writeString(folder.resolve(name + ".java"), onFreePort);
        Path output = folder.resolve("output.txt");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), source.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES))
                    .as("the program ends")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        String printed = Files.readString(output);
        assertThat(process.exitValue()).as(printed).isZero();
        return printed;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void writeFilesThatDocumentsMention() throws IOException {
        Files.createDirectory(folder.resolve("site"));
        Certificates certificates = new Certificates(folder, "dns:localhost");
        Files.copy(certificates.certificate(), folder.resolve("cert.pem"));
    }
}
