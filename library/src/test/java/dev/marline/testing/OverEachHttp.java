package dev.marline.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A class of tests that are run over each version of HTTP that carries WebSockets. It has one field for a {@link Parameter}: the
 * {@link dev.marline.protocol.handshake.HttpVersion} that Marline is to speak, which a {@link Tunnel} puts between it and the scripted
 * peer.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"HTTP_1_1", "HTTP_2"})
public @interface OverEachHttp {}
