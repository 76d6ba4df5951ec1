package dev.marline.testing;

import dev.marline.protocol.Role;
import dev.marline.protocol.testing.Frame;
import dev.marline.protocol.testing.Hex;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * A scripted peer on a blocking socket, client or server, that does exactly what the test says, wrong things too. It knows HTTP and
 * WebSocket by itself and not through the engine. Whatever waits here does so for ten seconds at most.
 */
public final class RawPeer implements AutoCloseable {
    /** The key of RFC 6455 §1.3, and what it is answered with. */
    public static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    public static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private static final int TIMEOUT_MILLIS = Patience.SECONDS * 1000;

    private final Role role;
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private RawPeer(Role role, Socket socket) throws IOException {
        this.role = role;
        this.socket = socket;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    // ---- connections

    /** A client of the server at this port. */
    public static RawPeer connect(int port) {
        return connect(port, 0);
    }

    /** A client that has the system keep no more than about so many bytes for it to read. */
    public static RawPeer connect(int port, int receiveBuffer) {
        return io(() -> {
            Socket socket = new Socket();
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            return new RawPeer(Role.CLIENT, socket);
        });
    }

    /** A client with this address of its own. */
    public static RawPeer connectFrom(String address, int port) {
        return io(() -> {
            Socket socket = new Socket();
            socket.bind(new InetSocketAddress(address, 0));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            return new RawPeer(Role.CLIENT, socket);
        });
    }

    public static RawPeer connect(int port, SSLContext tls) {
        return io(() -> {
            Socket socket = tls.getSocketFactory().createSocket("localhost", port);
            return new RawPeer(Role.CLIENT, socket);
        });
    }

    /** The same with TLS 1.2 and no other version, and with these protocols offered by ALPN. */
    public static RawPeer connectTls12(int port, SSLContext tls, String... protocols) {
        return io(() -> {
            SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket("localhost", port);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {"TLSv1.2"});
            parameters.setApplicationProtocols(protocols);
            socket.setSSLParameters(parameters);
            return new RawPeer(Role.CLIENT, socket);
        });
    }

    /** Begins another TLS handshake on the connection, and does not wait for the other side to take part. */
    public RawPeer renegotiate() {
        return io(() -> {
            ((SSLSocket) socket).startHandshake();
            return this;
        });
    }

    /** A client that goes on over TLS on this one's connection. */
    public RawPeer startTls(SSLContext tls) {
        return io(() ->
                new RawPeer(role, tls.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true)));
    }

    /** Whether anybody listens at this port. */
    public static boolean canConnect(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    /** A server's listening socket. */
    public static final class Listening implements AutoCloseable {
        private final ServerSocket socket;
        private final List<RawPeer> accepted = new ArrayList<>();

        private Listening(ServerSocket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(TIMEOUT_MILLIS);
        }

        public int port() {
            return socket.getLocalPort();
        }

        public RawPeer accept() {
            return io(() -> {
                RawPeer peer = new RawPeer(Role.SERVER, socket.accept());
                accepted.add(peer);
                return peer;
            });
        }

        @Override
        public void close() {
            accepted.forEach(RawPeer::close);
            io(() -> {
                socket.close();
                return null;
            });
        }
    }

    public static Listening listen() {
        return listen(InetAddress.getLoopbackAddress(), 0);
    }

    public static Listening listen(InetAddress address, int receiveBuffer) {
        return io(() -> {
            ServerSocket socket = new ServerSocket();
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.bind(new InetSocketAddress(address, 0));
            return new Listening(socket);
        });
    }

    public static Listening listen(SSLContext tls) {
        return listen(tls, parameters -> {});
    }

    /** The same with parameters of TLS that are not the JDK's. */
    public static Listening listen(SSLContext tls, Consumer<SSLParameters> change) {
        return io(() -> {
            SSLServerSocket socket = (SSLServerSocket)
                    tls.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getLoopbackAddress());
            SSLParameters parameters = socket.getSSLParameters();
            change.accept(parameters);
            socket.setSSLParameters(parameters);
            return new Listening(socket);
        });
    }

    // ---- HTTP

    /** Sends a request's or a response's head: these lines and an empty one. */
    public RawPeer sendHead(String... lines) {
        return sendRaw(String.join("\r\n", lines) + "\r\n\r\n");
    }

    /** The lines of an opening handshake. */
    public static String[] handshake(String target, String... moreLines) {
        List<String> lines = new ArrayList<>(List.of(
                "GET " + target + " HTTP/1.1",
                "Host: localhost",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Key: " + KEY,
                "Sec-WebSocket-Version: 13"));
        lines.addAll(List.of(moreLines));
        return lines.toArray(String[]::new);
    }

    /** Opens a WebSocket at this path, as a client. */
    public RawPeer open(String target, String... moreLines) {
        sendHead(handshake(target, moreLines));
        HttpHead response = readHead();
        if (response.status() != 101 || !ACCEPT.equals(response.header("Sec-WebSocket-Accept"))) {
            throw new AssertionError("no WebSocket was opened: " + response);
        }
        return this;
    }

    /** Reads a client's request and opens a WebSocket for it, as a server. */
    public RawPeer acceptOpening(String... moreLines) {
        return sendSwitching(readHead(), moreLines);
    }

    /** The same, where the client offers permessage-deflate. */
    public RawPeer acceptCompressing() {
        HttpHead request = readHead();
        return sendSwitching(request, RawDeflate.answer(request));
    }

    public RawPeer sendSwitching(HttpHead request, String... moreLines) {
        return sendHead(switching(request, moreLines));
    }

    /** The lines of a right answer to an opening handshake. */
    public static String[] switching(HttpHead request, String... moreLines) {
        List<String> lines = new ArrayList<>(List.of(
                "HTTP/1.1 101 Switching Protocols",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Accept: " + accept(request.header("Sec-WebSocket-Key"))));
        lines.addAll(List.of(moreLines));
        return lines.toArray(String[]::new);
    }

    /** RFC 6455 §4.2.2. */
    public static String accept(String key) {
        try {
            byte[] text = (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public HttpHead readHead() {
        return io(() -> HttpHead.read(in));
    }

    /** The body that a head announces with Content-Length. */
    public String readBody(HttpHead head) {
        return new String(readBytes(Integer.parseInt(head.header("Content-Length"))), StandardCharsets.UTF_8);
    }

    // ---- frames and bytes

    public RawPeer send(Frame... frames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Frame frame : frames) {
            bytes.writeBytes(frame.encode(role));
        }
        return sendRaw(bytes.toByteArray());
    }

    /** Sends frames in hex; where this is a client it puts the mask on. */
    public RawPeer sendHex(String unmasked) {
        byte[] bytes = Hex.bytes(unmasked);
        return sendRaw(role == Role.CLIENT ? Frame.asClient(bytes) : bytes);
    }

    public RawPeer sendRaw(String latin1) {
        return sendRaw(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawPeer sendRaw(byte[] bytes) {
        return io(() -> {
            out.write(bytes);
            out.flush();
            return this;
        });
    }

    /** Each byte in a segment of its own. */
    public RawPeer sendByteByByte(byte[] bytes) {
        for (byte each : bytes) {
            sendRaw(new byte[] {each});
        }
        return this;
    }

    public Frame readFrame() {
        return io(() -> Frame.read(in, role.peer()));
    }

    public Frame readFrame(Duration timeout) {
        return io(() -> {
            socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
            Frame frame = readFrame();
            socket.setSoTimeout(TIMEOUT_MILLIS);
            return frame;
        });
    }

    /** The next frame, if one begins to come in that time. */
    public Optional<Frame> readFrameIfAny(Duration timeout) {
        return io(() -> {
            socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
            in.mark(1);
            try {
                if (in.read() < 0) {
                    return Optional.empty();
                }
                in.reset();
            } catch (SocketTimeoutException none) {
                return Optional.empty();
            } finally {
                socket.setSoTimeout(TIMEOUT_MILLIS);
            }
            return Optional.of(readFrame());
        });
    }

    public byte[] readBytes(int count) {
        return io(() -> {
            byte[] bytes = in.readNBytes(count);
            if (bytes.length < count) {
                throw new IOException("the connection ended after " + bytes.length + " of " + count + " bytes");
            }
            return bytes;
        });
    }

    /** Whether there is something to read already. */
    public boolean hasInput() {
        return io(() -> in.available() > 0);
    }

    /** Reads up to the other side's FIN; a reset is an error. */
    public byte[] readToEnd() {
        return io(in::readAllBytes);
    }

    /** Whether the other side has reset the connection, or else ended it; what still comes before that is skipped. */
    public boolean isReset() {
        try {
            in.skip(Long.MAX_VALUE);
            while (in.read() >= 0) {
                in.skip(in.available());
            }
            return false;
        } catch (SocketException reset) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- the end

    /** Sends FIN and can still read. */
    public RawPeer shutDownOutput() {
        return io(() -> {
            socket.shutdownOutput();
            return this;
        });
    }

    /** Sends RST. */
    public void reset() {
        io(() -> {
            socket.setSoLinger(true, 0);
            socket.close();
            return null;
        });
    }

    @Override
    public void close() {
        io(() -> {
            socket.close();
            return null;
        });
    }

    public InputStream input() {
        return in;
    }

    public OutputStream output() {
        return out;
    }

    @FunctionalInterface
    private interface Io<T> {
        T run() throws IOException;
    }

    private static <T> T io(Io<T> action) {
        try {
            return action.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
