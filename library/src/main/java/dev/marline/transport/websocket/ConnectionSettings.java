package dev.marline.transport.websocket;

import dev.marline.Handshake;
import dev.marline.Limits;
import dev.marline.protocol.extension.NegotiatedExtension;
import java.util.List;

/**
 * What an open WebSocket is set up with, on either side.
 *
 * @param pauseReadingWhenCongested whether reading pauses while the output is over its high-water mark
 * @param extensions those agreed on in the opening handshake
 * @param sockets the set that the socket belongs to while it is open
 */
public record ConnectionSettings(
        Limits limits,
        boolean pauseReadingWhenCongested,
        Handshake handshake,
        List<NegotiatedExtension> extensions,
        OpenSockets sockets) {}
