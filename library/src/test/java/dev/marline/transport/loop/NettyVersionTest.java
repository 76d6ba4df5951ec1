package dev.marline.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.RunningProgram;
import io.netty.util.Version;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NettyVersionTest {
    private static final String NEEDED = NettyVersion.TESTED;

    /** Starts a server and a client, and prints a line for each. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            try (WebSocketServer server =
                    WebSocketServer.builder().host("localhost").start()) {
                System.out.println("server on " + server.port());
            } catch (WebSocketException e) {
                System.out.println(e.getMessage());
            }
            try {
                WebSocketClient.create().close();
                System.out.println("a client");
            } catch (WebSocketException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static List<String> run(Stream<String> classPath) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        try (RunningProgram program = RunningProgram.start(
                java,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath.collect(Collectors.joining(File.pathSeparator)),
                Program.class.getName())) {
            List<String> output = program.output();
            assertThat(output).as(program.toString()).hasSize(2);
            return output;
        }
    }

    private static Stream<String> classPath() {
        return Stream.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)));
    }

    @Test
    void isTheVersionThatIsBuiltWith() {
        assertThat(Version.identify().get("netty-common").artifactVersion()).isEqualTo(NEEDED);
    }

    @Test
    void startsWithIt() {
        assertThat(run(classPath())).first().asString().startsWith("server on ");
    }

    @Test
    void partsOfAnOlderNettyAreNamedWithTheRemedy(@TempDir Path folder) throws IOException {
        Path properties = folder.resolve("META-INF/io.netty.versions.properties");
        Files.createDirectories(properties.getParent());
        Files.writeString(properties, "netty-transport.version=4.1.128.Final\n");
        assertThat(run(Stream.concat(classPath(), Stream.of(folder.toString()))))
                .allSatisfy(
                        line -> assertThat(line).contains("4.1.128.Final", "netty-transport", NEEDED, "netty.version"));
    }

    @Test
    void aMissingPartIsNamedWithTheRemedy() {
        for (String artifact : List.of("netty-transport", "netty-codec-http3")) {
            Stream<String> others =
                    classPath().filter(entry -> !entry.contains(File.separator + artifact + "-" + NEEDED + ".jar"));
            assertThat(run(others))
                    .allSatisfy(line -> assertThat(line)
                            .startsWith("Netty's " + artifact + " is missing")
                            .contains(NEEDED, "netty.version"));
        }
    }
}
