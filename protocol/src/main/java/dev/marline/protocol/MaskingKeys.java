package dev.marline.protocol;

/**
 * Where a client's masking keys come from. RFC 6455 §5.3: "The masking key needs to be unpredictable; thus, the masking key MUST be
 * derived from a strong source of entropy".
 */
@FunctionalInterface
public interface MaskingKeys {
    /** For a server, which masks nothing. */
    MaskingKeys NONE = () -> {
        throw new IllegalStateException("a server has no masking keys");
    };

    /** A new masking key, any of the 2^32. */
    int next();
}
