package dev.marline.foreign;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs a test for each cipher suite that is to be spoken: openssl's options for the version and the suite, and its name for it. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest
@CsvSource({
    "-tls1_2, -cipher, ECDHE-ECDSA-AES128-GCM-SHA256",
    "-tls1_2, -cipher, ECDHE-ECDSA-AES256-GCM-SHA384",
    "-tls1_2, -cipher, ECDHE-ECDSA-CHACHA20-POLY1305",
    "-tls1_3, -ciphersuites, TLS_AES_128_GCM_SHA256",
    "-tls1_3, -ciphersuites, TLS_AES_256_GCM_SHA384",
    "-tls1_3, -ciphersuites, TLS_CHACHA20_POLY1305_SHA256"
})
@interface ForEachSaneCipherSuite {}
