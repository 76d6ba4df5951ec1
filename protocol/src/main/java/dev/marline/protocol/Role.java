package dev.marline.protocol;

/** Which end of a connection this is. Frames from a client are masked and frames from a server are not: RFC 6455 §5.1. */
public enum Role {
    CLIENT,
    SERVER;

    /** Whether the frames that this end sends carry a masking key. */
    public boolean masks() {
        return this == CLIENT;
    }

    public Role peer() {
        return this == CLIENT ? SERVER : CLIENT;
    }
}
