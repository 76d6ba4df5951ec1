package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.marline.WebSocketException;
import dev.marline.client.WebSocketClient;
import dev.marline.server.WebSocketServer;
import dev.marline.tls.ClientTls;
import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import dev.marline.tls.TlsProvider;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command has no BoringSSL beside it, unlike the library's tests: who insists on it is told. */
class WithoutBoringSslTest {
    private static final String TOLD =
            "BoringSSL is not there, expected netty-tcnative-boringssl-static on the class path: ";

    @Test
    void aServerSaysWhatIsMissing(@TempDir Path folder) {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        TestCertificate.make(certificate, key);
        ServerTls tls = ServerTls.of(TlsIdentity.pem(certificate, key)).provider(TlsProvider.BORINGSSL);
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> WebSocketServer.builder().tls(tls).start())
                .withMessageStartingWith(TOLD);
    }

    @Test
    void aClientSaysWhatIsMissing() {
        assertThatExceptionOfType(WebSocketException.class)
                .isThrownBy(() -> WebSocketClient.builder()
                        .tls(ClientTls.ofJdk().provider(TlsProvider.BORINGSSL))
                        .build())
                .withMessageStartingWith(TOLD);
    }
}
