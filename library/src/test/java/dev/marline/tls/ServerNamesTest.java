package dev.marline.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.testing.Certificates;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The names that a server has identities for, and those that clients ask for. */
class ServerNamesTest {
    /** Together larger than the heap of the tests. */
    private static final int NAMES = 60_000;

    private static final String MADE_UP = "made-up-".repeat(6_000) + ".example.com";

    @Test
    void namesThatClientsMakeUpLeaveNothingBehind(@TempDir Path folder) {
        Certificates files = new Certificates(folder, "dns:localhost");
        TlsIdentity general = TlsIdentity.pem(files.certificate(), files.key());
        TlsIdentity named = TlsIdentity.pkcs12(files.pkcs12(), Certificates.PASSWORD);
        ServerTls tls = ServerTls.of(general).forName("*.example.org", named);

        for (int i = 0; i < NAMES; i++) {
            assertThat(tls.identityFor(i + MADE_UP)).isSameAs(general);
        }
        assertThat(tls.identityFor("a.example.org")).isSameAs(named);
        assertThat(tls.identities()).containsExactly(general, named);
    }
}
