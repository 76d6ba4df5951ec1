package dev.marline.transport.loop;

import dev.marline.protocol.MaskingKeys;
import java.nio.ByteBuffer;
import java.security.SecureRandom;

/** Masking keys from {@link SecureRandom}, which costs a system call or a hash each time: so it fills a block of them at once. */
public final class SecureMaskingKeys implements MaskingKeys {
    private final SecureRandom random = new SecureRandom();
    private final byte[] block = new byte[4096];
    private final ByteBuffer keys = ByteBuffer.wrap(block).limit(0);

    @Override
    public int next() {
        if (!keys.hasRemaining()) {
            random.nextBytes(block);
            keys.clear();
        }
        return keys.getInt();
    }
}
