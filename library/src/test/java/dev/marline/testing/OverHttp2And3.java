package dev.marline.testing;

import dev.marline.protocol.handshake.HttpVersion;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A test whose statement holds for both versions of HTTP in which a WebSocket has a stream; it takes the {@link HttpVersion}. */
@ParameterizedTest
@EnumSource(names = {"HTTP_2", "HTTP_3"})
@Retention(RetentionPolicy.RUNTIME)
public @interface OverHttp2And3 {}
