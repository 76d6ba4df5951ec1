package dev.marline.transport.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Netty's decoder of requests, behind a look at every byte of a head: what a proxy may read differently, and so take for one request
 * where it is two, is refused and not mended. Netty itself looks at the names and values of fields, and at what they say of a body.
 */
public final class StrictRequestDecoder extends HttpRequestDecoder {
    private static final byte[] VERSION = "HTTP/".getBytes(StandardCharsets.US_ASCII);

    private static final String REQUEST_LINE =
            "a request line is a method, a target and a version, and one space between each (RFC 9112 3)";

    /** What has just been read of a head. */
    private enum State {
        NOTHING,
        /** CR of an empty line before the request. */
        EMPTY_LINE,
        METHOD,
        /** The space before the target. */
        BEFORE_TARGET,
        TARGET,
        VERSION,
        /** CR of a line with something in it. */
        LINE_END,
        LINE,
        FIELD,
        /** CR of the empty line that ends the head. */
        HEAD_END,
        HEAD
    }

    private State state = State.NOTHING;
    private boolean emptyLineBefore;
    private int inVersion;

    /** How many bytes have been looked at that are not decoded. */
    private int ahead;

    private boolean refused;

    StrictRequestDecoder(HttpDecoderConfig config) {
        super(config);
        setSingleDecode(true);
    }

    /** Whether the beginning of a request has come, or of the empty line before it, and the end of its head has not. */
    boolean hasBegun() {
        return state != State.HEAD && (state != State.NOTHING || emptyLineBefore);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (refused) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (state == State.HEAD && ahead == 0) {
            state = State.NOTHING;
            emptyLineBefore = false;
        }
        String objection = lookAt(in);
        if (objection != null) {
            refused = true;
            in.skipBytes(in.readableBytes());
            HttpMessage malformed = createInvalidMessage();
            malformed.setDecoderResult(DecoderResult.failure(new IllegalArgumentException(objection)));
            out.add(malformed);
            return;
        }
        int before = in.readableBytes();
        super.decode(ctx, in, out);
        ahead = Math.max(0, ahead - (before - in.readableBytes()));
    }

    /** Looks at what has come since, up to the end of the head; what is wrong with it, or null. */
    private @Nullable String lookAt(ByteBuf in) {
        for (int i = in.readerIndex() + ahead; i < in.writerIndex() && state != State.HEAD; i++) {
            String objection = lookAt(in.getByte(i) & 0xFF);
            if (objection != null) {
                return objection;
            }
            ahead++;
        }
        return null;
    }

    private @Nullable String lookAt(int octet) {
        return switch (state) {
            case NOTHING -> atBeginning(octet);
            case EMPTY_LINE -> {
                emptyLineBefore = true;
                yield expect('\n', octet, State.NOTHING);
            }
            case METHOD, BEFORE_TARGET, TARGET -> inRequestLine(octet);
            case VERSION -> inVersion(octet);
            case LINE_END -> expect('\n', octet, State.LINE);
            case LINE -> atLineBeginning(octet);
            case FIELD -> inField(octet);
            case HEAD_END -> expect('\n', octet, State.HEAD);
            case HEAD -> null;
        };
    }

    /** RFC 9112 §2.2: a server "SHOULD ignore at least one empty line (CRLF) received prior to the request-line". */
    private @Nullable String atBeginning(int octet) {
        if (octet == '\r' && !emptyLineBefore) {
            state = State.EMPTY_LINE;
            return null;
        }
        state = State.METHOD;
        return isVisible(octet) ? null : REQUEST_LINE;
    }

    private @Nullable String inRequestLine(int octet) {
        if (octet == ' ' && state != State.BEFORE_TARGET) {
            state = state == State.METHOD ? State.BEFORE_TARGET : State.VERSION;
            inVersion = 0;
            return null;
        }
        state = state == State.METHOD ? State.METHOD : State.TARGET;
        return isVisible(octet) ? null : REQUEST_LINE;
    }

    private @Nullable String inVersion(int octet) {
        if (octet == '\r' && inVersion > VERSION.length) {
            state = State.LINE_END;
            return null;
        }
        boolean right = inVersion < VERSION.length ? octet == VERSION[inVersion] : isVisible(octet);
        inVersion++;
        return right ? null : REQUEST_LINE;
    }

    /** RFC 9112 §5.2: a server "MUST either reject the message" where a line goes on in the next, or mend it. And §2.2. */
    private @Nullable String atLineBeginning(int octet) {
        if (octet == '\r') {
            state = State.HEAD_END;
            return null;
        }
        state = State.FIELD;
        return octet == ' ' || octet == '\t'
                ? "a line begins with white space, where a header is expected (RFC 9112 5.2)"
                : inField(octet);
    }

    /** RFC 9110 §5.5 and RFC 9112 §2.2. */
    private @Nullable String inField(int octet) {
        if (octet == '\r') {
            state = State.LINE_END;
            return null;
        }
        if (octet == '\n') {
            return "a line ends in LF without CR (RFC 9112 2.2)";
        }
        return octet == '\t' || (octet >= ' ' && octet != 0x7F)
                ? null
                : "a header has a control character (RFC 9110 5.5)";
    }

    private @Nullable String expect(char expected, int octet, State then) {
        state = then;
        return octet == expected ? null : "a line has CR without LF (RFC 9112 2.2)";
    }

    private static boolean isVisible(int octet) {
        return octet > ' ' && octet < 0x7F;
    }
}
