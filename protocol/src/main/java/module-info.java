/** The WebSocket protocol engine: bytes in, bytes and events out, no I/O. */
module dev.marline.protocol {
    requires static transitive org.jspecify;

    exports dev.marline.protocol;
    exports dev.marline.protocol.deflate;
    exports dev.marline.protocol.extension;
    exports dev.marline.protocol.handshake;
}
