package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.testing.RunningProgram;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code ./marline}, whatever the command. */
@ExtendWith(RunningProgram.ShownOnFailure.class)
class MarlineIT {
    @Test
    void theVersionGoesToStandardOutput() {
        try (Command version = Command.start("--version")) {
            assertThat(version.exitCode()).isZero();
            assertThat(version.output()).singleElement().asString().startsWith("marline 0.");
            assertThat(version.errors()).isEmpty();
        }
    }

    @Test
    void helpNamesEachCommand() {
        try (Command help = Command.start("--help")) {
            assertThat(help.exitCode()).isZero();
            assertThat(String.join("\n", help.output())).contains("demo", "echo", "connect");
            assertThat(help.errors()).isEmpty();
        }
    }

    @Test
    void optionsForTheJvmArePassedOn() {
        Map<String, String> options = Map.of("MARLINE_JAVA_OPTS", "-Dmarline.first=here -XshowSettings:properties");
        try (Command version = Command.start(options, "--version")) {
            assertThat(version.exitCode()).isZero();
            assertThat(version.output()).hasSize(1);
            assertThat(version.errors()).map(String::strip).contains("marline.first = here");
        }
    }

    @Test
    void argumentsWithSpacesStayWhole() {
        try (Command connect = Command.start("connect", "not an address")) {
            assertThat(connect.exitCode()).isEqualTo(2);
            assertThat(connect.errors()).singleElement().asString().contains("'not an address'");
        }
    }

    @Test
    void aPortInUseIsSaidInOneLine() {
        try (Command first = Command.start("echo", "--port", "0");
                Command second = Command.start("echo", "--port", String.valueOf(first.port()))) {
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.output()).isEmpty();
            assertThat(second.errors())
                    .singleElement()
                    .asString()
                    .startsWith("marline: cannot listen on ")
                    .contains(":" + first.port(), "already in use");
        }
    }

    @Test
    void aJavaThatIsNotThereIsSaidInOneLine() {
        try (Command version = Command.start(Map.of("JAVA_HOME", "/nowhere/jdk"), "--version")) {
            assertThat(version.exitCode()).isEqualTo(1);
            assertThat(version.errors())
                    .isEqualTo(List.of(version.errors().get(0)))
                    .first()
                    .asString()
                    .contains("/nowhere/jdk", "JDK 17 or newer", "apt-get install");
        }
    }
}
