package dev.marline.bench.report;

import dev.marline.bench.load.Figure;
import dev.marline.bench.load.Scenario;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Results as an SVG image: for each scenario a bar for each server, to the left of the middle line if it uses less CPU time for a
 * message than the server that it is compared with, to the right if it uses more. The axis is logarithmic: twice and half are as
 * far from the line.
 */
final class RatioPlot {
    private static final int LEFT = 230;
    private static final int WIDTH = 900;
    private static final int RIGHT = 60;
    private static final int TOP = 64;
    private static final int BAR = 14;
    private static final int GROUP_GAP = 16;

    // Legible on white and on black; text and lines change with the reader's preference.
    private static final String[] COLORS = {
        "#2f81f7", "#8b949e", "#a371f7", "#db6d28", "#3fb950", "#d29922", "#f778ba", "#39c5cf", "#f85149", "#7d8590",
        "#6e40c9", "#bf8700"
    };

    private final Results results;
    private final String base;
    private final List<Scenario> scenarios;
    private final int least;
    private final int most;

    RatioPlot(Results results, String base) {
        this.results = results;
        this.base = base;
        this.scenarios = results.scenarios().stream()
                .filter(scenario ->
                        results.median(scenario, base, Figure.CPU_MICROS).isPresent())
                .toList();
        double[] exponents = scenarios.stream()
                .flatMap(scenario -> bars(scenario).stream())
                .mapToDouble(bar -> log2(bar.ratio()))
                .toArray();
        double low = -1;
        double high = 1;
        for (double exponent : exponents) {
            low = Math.min(low, exponent);
            high = Math.max(high, exponent);
        }
        least = (int) Math.floor(low);
        most = (int) Math.ceil(high);
    }

    private record Bar(String server, double ratio, String color) {}

    private List<Bar> bars(Scenario scenario) {
        List<Bar> bars = new ArrayList<>();
        List<String> servers = results.subjects();
        for (int i = 0; i < servers.size(); i++) {
            OptionalDouble ratio = results.ratio(scenario, servers.get(i), base, Figure.CPU_MICROS);
            if (ratio.isPresent() && !servers.get(i).equals(base)) {
                bars.add(new Bar(servers.get(i), ratio.getAsDouble(), COLORS[i % COLORS.length]));
            }
        }
        return bars;
    }

    private static double log2(double value) {
        return Math.log(value) / Math.log(2);
    }

    private double x(double ratio) {
        return LEFT + (log2(ratio) - least) / (most - least) * (WIDTH - LEFT - RIGHT);
    }

    @Override
    public String toString() {
        StringBuilder groups = new StringBuilder();
        int y = TOP;
        for (Scenario scenario : scenarios) {
            List<Bar> bars = bars(scenario);
            text(groups, "name", 8, y + BAR - 3, scenario.name());
            for (Bar bar : bars) {
                append(groups, bar, y);
                y += BAR;
            }
            y += GROUP_GAP;
        }
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="11">
                <style>
                  text { fill: #1f2328 } .faint { fill: #59636e } .name, .title { font-weight: 600 } .title { font-size: 15px }
                  line { stroke: #d1d9e0 } .middle { stroke: #59636e }
                  @media (prefers-color-scheme: dark) {
                    text { fill: #f0f6fc } .faint { fill: #9198a1 } line { stroke: #3d444d } .middle { stroke: #9198a1 }
                  }
                </style>
                """, WIDTH, y));
        text(svg, "title", 8, 22, "CPU time of the server for each message, " + base + " = 1 (less is better)");
        appendAxis(svg, y - GROUP_GAP);
        return svg.append(groups).append("</svg>\n").toString();
    }

    private void appendAxis(StringBuilder svg, int bottom) {
        for (int exponent = least; exponent <= most; exponent++) {
            double x = x(Math.pow(2, exponent));
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n",
                    exponent == 0 ? "middle" : "grid",
                    x,
                    x,
                    TOP - 8,
                    bottom));
            svg.append(String.format(
                    Locale.ROOT,
                    "<text class=\"faint\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n",
                    x,
                    TOP - 14,
                    exponent < 0 ? "1/" + (1 << -exponent) : "" + (1 << exponent)));
        }
    }

    private void append(StringBuilder svg, Bar bar, int y) {
        double from = Math.min(x(1), x(bar.ratio()));
        double to = Math.max(x(1), x(bar.ratio()));
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>\n",
                from,
                y,
                Math.max(1, to - from),
                BAR - 3,
                bar.color()));
        svg.append(String.format(
                Locale.ROOT,
                "<text class=\"faint\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>\n",
                LEFT - 8,
                y + BAR - 4,
                escape(bar.server())));
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%d\">%.2f</text>\n", to + 4, y + BAR - 4, bar.ratio()));
    }

    private static void text(StringBuilder svg, String kind, int x, int y, String text) {
        svg.append(String.format(
                Locale.ROOT, "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", kind, x, y, escape(text)));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
