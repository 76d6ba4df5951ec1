package dev.marline.testing;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** For what tells nobody when it happens: looks again and again, for {@link Patience#SECONDS} at most. */
public final class Eventually {
    private Eventually() {}

    public static void eventually(String what, BooleanSupplier happens) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Patience.SECONDS);
        while (!happens.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + Patience.SECONDS + " seconds: " + what);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
