package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The help text. */
class HelpTest {
    private static String help(String name, int width) {
        CommandLine marline = Marline.commandLine();
        CommandLine command =
                name.isEmpty() ? marline : marline.getSubcommands().get(name);
        return command.setUsageHelpAutoWidth(false).setUsageHelpWidth(width).getUsageMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "connect", "echo", "demo"})
    void breaksLinesBetweenWordsOnly(String command) {
        List<String> words = List.of(help(command, 5000).strip().split("\\s+"));
        for (int width = 70; width <= 200; width++) {
            String help = help(command, width);
            assertThat(help.strip().split("\\s+")).as("in %s columns", width).containsExactlyElementsOf(words);
            int columns = width;
            assertThat(help.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(columns));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"connect", "echo", "demo"})
    void indentsWhatContinuesALine(String command) {
        List<String> lines = help(command, 80).lines().toList();
        String synopsis = "Usage: marline " + command + " ";
        assertThat(lines.get(0)).startsWith(synopsis + "[-hV] ");
        assertThat(lines.get(1)).startsWith(" ".repeat(synopsis.length()) + "[");
    }
}
