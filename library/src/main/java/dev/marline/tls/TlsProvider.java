package dev.marline.tls;

/** What encrypts. All have the same versions, cipher suites and checks; HTTP/3 has BoringSSL in QUIC whatever is chosen. */
public enum TlsProvider {
    /** BoringSSL where {@code netty-tcnative-boringssl-static} is on the class path, otherwise the JDK. */
    AUTO,
    JDK,
    /** Takes less than half of the CPU for a handshake; needs {@code netty-tcnative-boringssl-static} on the class path. */
    BORINGSSL
}
