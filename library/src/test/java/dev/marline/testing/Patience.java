package dev.marline.testing;

/** How long tests wait for what should come soon, on a machine that is busy with other things. */
public final class Patience {
    public static final int SECONDS = 60;

    private Patience() {}
}
