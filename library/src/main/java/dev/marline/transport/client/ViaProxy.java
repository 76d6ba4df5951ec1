package dev.marline.transport.client;

import dev.marline.protocol.handshake.Authorization;
import org.jspecify.annotations.Nullable;

/**
 * A way through a proxy.
 *
 * @param authorization answers the challenge that an HTTP proxy has made before; null where it has made none
 */
public record ViaProxy(ProxyAddress proxy, @Nullable Authorization authorization) {}
