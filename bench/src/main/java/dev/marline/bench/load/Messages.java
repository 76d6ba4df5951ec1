package dev.marline.bench.load;

import dev.marline.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** The messages that are sent. They are the same in every run. */
public final class Messages {
    private static final String[] NAMES = {"ada", "boole", "curie", "darwin", "euler", "fermi", "gauss", "hopper"};
    private static final long SEED = 7692;

    private Messages() {}

    /** Different records of one kind, as JSON has them, cut to size. */
    public static List<Message> json(int count, int size) {
        Random random = new Random(SEED);
        List<Message> messages = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < size) {
                text.append(String.format(
                        Locale.ROOT,
                        "{\"order\":%d,\"customer\":\"%s%d\",\"total\":%d.%02d,\"paid\":%b,\"items\":[\"%s\",\"%s\"]},",
                        random.nextInt(1_000_000),
                        name(random),
                        random.nextInt(1000),
                        random.nextInt(10_000),
                        random.nextInt(100),
                        random.nextBoolean(),
                        name(random),
                        name(random)));
            }
            messages.add(Message.text(text.substring(0, size)));
        }
        return messages;
    }

    private static String name(Random random) {
        return NAMES[random.nextInt(NAMES.length)];
    }
}
