package dev.marline.cli;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Breaks the lines of help between words only. Picocli breaks addresses, too. */
final class HelpWrap {
    /** More than any line of help. */
    private static final int UNLIMITED = 10_000;

    private static final Pattern COLUMNS = Pattern.compile("^( *\\S.*?  +|Usage: \\S+( [a-z]+)? | +)");

    private HelpWrap() {}

    static CommandLine applyTo(CommandLine command) {
        Map<String, IHelpSectionRenderer> sections = new HashMap<>(command.getHelpSectionMap());
        // One section of the two, which stand on one line.
        sections.put(UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING, help -> "");
        sections.put(
                UsageMessageSpec.SECTION_KEY_SYNOPSIS,
                help -> help.synopsisHeading() + help.synopsis(help.synopsisHeadingLength()));
        sections.replaceAll((section, renderer) -> wrapped(renderer));
        return command.setHelpSectionMap(sections);
    }

    private static IHelpSectionRenderer wrapped(IHelpSectionRenderer renderer) {
        return help -> {
            UsageMessageSpec usage = help.commandSpec().usageMessage();
            int width = usage.width();
            boolean auto = usage.autoWidth();
            usage.autoWidth(false).width(UNLIMITED);
            try {
                return wrap(renderer.render(help), width);
            } finally {
                usage.width(width).autoWidth(auto);
            }
        };
    }

    /** Wraps each line that is too long, and indents the continuation to the line's last column. */
    static String wrap(String text, int width) {
        StringBuilder wrapped = new StringBuilder();
        text.lines().forEach(line -> wrapLine(line, width, wrapped));
        return wrapped.toString();
    }

    private static void wrapLine(String line, int width, StringBuilder wrapped) {
        Matcher columns = COLUMNS.matcher(line);
        int indent = columns.find() ? columns.end() : 0;
        int used = indent;
        wrapped.append(line, 0, indent);
        for (String word : line.substring(indent).split(" ", -1)) {
            if (used > indent && used + 1 + word.length() > width) {
                wrapped.append(System.lineSeparator()).append(" ".repeat(indent));
                used = indent;
            } else if (used > indent) {
                wrapped.append(' ');
                used++;
            }
            wrapped.append(word);
            used += word.length();
        }
        wrapped.append(System.lineSeparator());
    }
}
