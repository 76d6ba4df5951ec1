package dev.marline.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A class of tests that are run over each version of HTTP that carries WebSockets. It has one field for a {@link Parameter}: the
 * {@link dev.marline.protocol.handshake.HttpVersion} that Marline is to speak, which a {@link Tunnel} puts between it and the scripted
 * peer. {@link Speaking#versions} says which.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedClass(name = "{0}")
@MethodSource("dev.marline.testing.Speaking#versions")
public @interface OverEachHttp {}
