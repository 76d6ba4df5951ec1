package dev.marline.bench.kernels;

import dev.marline.bench.kernels.Compressors.Compressor;
import dev.marline.bench.kernels.Compressors.Way;
import dev.marline.bench.load.Messages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "deflate",
        description = {
            "Compares ways to compress the messages of many connections with context takeover: time, size, memory.",
            "Each connection compresses a few messages in a row, as when a read brings several, or one, as when traffic is",
            "spread over connections and none of them is in the processor's cache."
        })
public final class DeflateCommand implements Callable<Integer> {
    private static final int SIZE = 1024;
    private static final int IN_A_ROW = 8;
    private static final double NANOS_PER_MICRO = 1e3;

    @Option(names = "--connections", description = "How many connections take turns (default: ${DEFAULT-VALUE}).")
    private int connections = 64;

    @Option(names = "--seconds", description = "How long each is measured (default: ${DEFAULT-VALUE}).")
    private double seconds = 2;

    @Option(names = "--text", description = "Cuts the messages from this file (default: JSON records).")
    private @Nullable Path text;

    @Override
    public Integer call() throws Exception {
        byte[][] messages = text == null
                ? Messages.json(128, SIZE).stream()
                        .map(message -> message.toByteArray())
                        .toArray(byte[][]::new)
                : Compressors.cut(Files.readAllBytes(text), SIZE);
        System.out.println(
                "| compressor | us/message, 8 in a row | us/message, 1 | bytes/message | memory/connection |");
        System.out.println("|---|--:|--:|--:|--:|");
        for (Way way : ways()) {
            List<Compressor> compressors = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                compressors.add(way.make().get());
            }
            run(compressors, messages, IN_A_ROW);
            Result inARow = run(compressors, messages, IN_A_ROW);
            Result single = run(compressors, messages, 1);
            System.out.printf(
                    "| %s | %.1f | %.1f | %.0f | %,d |%n",
                    way.name(), inARow.micros, single.micros, inARow.bytes, way.memory());
        }
        return 0;
    }

    private static List<Way> ways() {
        List<Way> ways = new ArrayList<>();
        for (int level : new int[] {1, 4, 6}) {
            ways.add(Compressors.jdk(level));
        }
        ways.add(Compressors.jdkWithin(12, 6));
        ways.add(Compressors.jdkWithin(9, 6));
        ways.add(Compressors.jdkShared(13, 4));
        ways.add(Compressors.jdkShared(13, 6));
        ways.add(Compressors.jdkShared(14, 6));
        ways.add(Compressors.jzlib(15, 8, 6));
        ways.add(Compressors.jzlib(12, 5, 6));
        for (int level = 1; level <= 9; level++) {
            ways.add(Compressors.marline(level));
        }
        return ways;
    }

    private record Result(double micros, double bytes) {}

    private Result run(List<Compressor> compressors, byte[][] messages, int inARow) {
        long bytes = 0;
        long count = 0;
        int next = 0;
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            for (int i = 0; i < compressors.size(); i++) {
                Compressor compressor = compressors.get(i);
                for (int k = 0; k < inARow; k++) {
                    // Connections are at different places, and none sees
                    // a message again before it is out of its window.
                    bytes += compressor.compress(messages[(next + k + 7 * i) % messages.length]);
                    count++;
                }
            }
            next += inARow;
        }
        return new Result((System.nanoTime() - start) / NANOS_PER_MICRO / count, (double) bytes / count);
    }
}
