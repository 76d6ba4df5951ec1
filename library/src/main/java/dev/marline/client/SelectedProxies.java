package dev.marline.client;

import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.client.ProxyAddress;
import dev.marline.transport.client.ProxyException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Those that a {@link ProxySelector} selects for a page at the same place, as in browsers. */
record SelectedProxies(ProxySelector selector) implements ProxyChoice {
    @Override
    public List<Optional<ProxyAddress>> to(WebSocketAddress address) {
        URI uri = address.httpUri();
        List<Optional<ProxyAddress>> proxies = new ArrayList<>(1);
        for (Proxy proxy : selector.select(uri)) {
            if (proxy.type() == Proxy.Type.DIRECT) {
                proxies.add(Optional.empty());
                continue;
            }
            if (!(proxy.address() instanceof InetSocketAddress at)) {
                throw new IllegalArgumentException("the proxy selected for " + uri + " is at " + proxy.address()
                        + ", expected an InetSocketAddress");
            }
            ProxyAddress.Kind kind =
                    proxy.type() == Proxy.Type.SOCKS ? ProxyAddress.Kind.SOCKS5 : ProxyAddress.Kind.HTTP;
            proxies.add(Optional.of(new ProxyAddress(kind, at.getHostString(), at.getPort(), null)));
        }
        return proxies.isEmpty() ? NONE.to(address) : proxies;
    }

    @Override
    public void failed(WebSocketAddress address, ProxyAddress proxy, ProxyException cause) {
        selector.connectFailed(
                address.httpUri(),
                InetSocketAddress.createUnresolved(proxy.host(), proxy.port()),
                new IOException(cause.getMessage(), cause));
    }

    @Override
    public boolean mayBlock() {
        return true;
    }
}
