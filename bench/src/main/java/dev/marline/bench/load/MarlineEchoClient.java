package dev.marline.bench.load;

import dev.marline.Message;
import dev.marline.WebSocket;
import java.util.List;

/** Marline's own client. */
final class MarlineEchoClient implements EchoClient {
    private final LoadClient client;
    private final Meter meter;

    MarlineEchoClient(ServerProcess server, Meter meter) {
        this.client = new LoadClient(server);
        this.meter = meter;
    }

    @Override
    public void begin(List<Exchange> exchanges, List<Message> messages) throws InterruptedException {
        List<WebSocket> sockets =
                client.open(exchanges.size(), "/", number -> new Echoes(exchanges.get(number), meter));
        for (int i = 0; i < sockets.size(); i++) {
            WebSocket socket = sockets.get(i);
            exchanges.get(i).begin(index -> socket.send(messages.get(index)));
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private static final class Echoes extends LoadListener {
        private final Exchange exchange;

        Echoes(Exchange exchange, Meter meter) {
            super(meter);
            this.exchange = exchange;
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            exchange.arrived(message.isText(), message.size(), message::bytes);
        }
    }
}
