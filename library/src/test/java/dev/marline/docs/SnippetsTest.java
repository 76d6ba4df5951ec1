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
        List<String> expected = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(Files.readString(ROOT.resolve(document)));
        while (blocks.find()) {
            if (blocks.group(1).equals("java")) {
                code.append(blocks.group(2));
            } else {
                expected.add(blocks.group(2));
            }
        }
        writeFilesThatDocumentsMention();
        String printed = run(code.toString());
        assertThat(expected).allSatisfy(text -> assertThat(printed).contains(text));
    }

    @Test
    void echoTakesAtMostFiveLinesOnEachSide() throws IOException {
        Matcher blocks = BLOCK.matcher(Files.readString(ROOT.resolve("README.md")));
        assertThat(blocks.find()).isTrue();
        assertThat(blocks.group(2).lines()).hasSizeLessThanOrEqualTo(5);
        assertThat(blocks.find()).isTrue();
        assertThat(blocks.group(2).lines()).hasSizeLessThanOrEqualTo(5);
    }

    private String run(String code) throws Exception {
        String program = """
                import dev.marline.*;
                import dev.marline.client.*;
                import dev.marline.protocol.*;
                import dev.marline.protocol.deflate.*;
                import dev.marline.protocol.extension.*;
                import dev.marline.protocol.handshake.*;
                import dev.marline.server.*;
                import dev.marline.tls.*;
                import java.io.ByteArrayOutputStream;
                import java.nio.ByteBuffer;
                import java.nio.file.Path;
                import java.time.Duration;
                import java.util.*;
                import java.util.concurrent.*;
                import java.util.zip.CRC32;

                class Program {
                    public static void main(String[] args) throws Exception {
                        %s
                        System.exit(0);
                    }
                }
                """.formatted(code.replaceAll("8080|8443", String.valueOf(freePort())));
        Path source = Files.writeString(folder.resolve("Program.java"), program);
        Path output = folder.resolve("output.txt");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), source.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
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
