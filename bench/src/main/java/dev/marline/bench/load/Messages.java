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

    private static final int LEAST = 2;
    private static final int MOST = 128;

    /** How much large messages come to together, so that the load generator has them in its cache. */
    private static final int TOTAL = 512 * 1024;

    private Messages() {}

    /** So many different messages that none is still in a compressor's window when it comes again. */
    static List<Message> of(Payload payload, int size) {
        int count = Math.max(LEAST, Math.min(MOST, TOTAL / size));
        return switch (payload) {
            case BINARY -> binary(count, size);
            case TEXT -> text(count, size);
            case JSON -> json(count, size);
        };
    }

    /** Different messages of random bytes. */
    public static List<Message> binary(int count, int size) {
        Random random = new Random(SEED);
        List<Message> messages = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);
            messages.add(Message.binary(bytes));
        }
        return messages;
    }

    /** Different messages that are mostly ASCII, with characters of two, three and four bytes between; the size is in UTF-8. */
    public static List<Message> text(int count, int size) {
        Random random = new Random(SEED);
        List<Message> messages = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            for (int left = size; left > 0; ) {
                int bytes = Math.min(left, bytesOfCharacter(random.nextInt(10)));
                text.appendCodePoint(
                        switch (bytes) {
                            case 1 -> 'a' + random.nextInt(26);
                            case 2 -> 0x3B1 + random.nextInt(24);
                            case 3 -> 0x4E00 + random.nextInt(4096);
                            default -> 0x1F600 + random.nextInt(64);
                        });
                left -= bytes;
            }
            messages.add(Message.text(text.toString()));
        }
        return messages;
    }

    private static int bytesOfCharacter(int ofTen) {
        return ofTen < 6 ? 1 : ofTen < 8 ? 2 : ofTen < 9 ? 3 : 4;
    }

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
