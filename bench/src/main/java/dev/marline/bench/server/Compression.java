package dev.marline.bench.server;

/** Whether an echo server compresses, and with what context. */
public enum Compression {
    NONE,

    /** Each connection has a compressor of its own. */
    DEDICATED,

    /** Messages stand each for itself. */
    SHARED;

    public boolean isOn() {
        return this != NONE;
    }
}
