package dev.marline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** The check on leaks would notice one. */
class LeakCheckTest {
    @Test
    void itLooksAndSees() {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
        Logger netty = Logger.getLogger("io.netty.util.ResourceLeakDetector");
        netty.setUseParentHandlers(false); // nobody need be alarmed
        try {
            StringBuilder seen = new StringBuilder();
            Eventually.eventually("the leak is seen", () -> {
                leak();
                seen.append(LeakCheck.look());
                return seen.toString().contains("LEAK");
            });
            LeakCheck.look(); // the rest of them, if there are more
        } finally {
            netty.setUseParentHandlers(true);
        }
    }

    private static void leak() {
        ByteBufAllocator.DEFAULT.directBuffer(64).writeByte(1);
    }
}
