package dev.marline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.testing.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

/** {@code ./marline demo}, in a real browser. */
@Tag("foreign")
@ExtendWith(RunningProgram.ShownOnFailure.class)
class DemoIT {
    private static void awaitConnections(Browser browser) {
        for (String card : List.of("chat", "echo", "figures")) {
            browser.await("#" + card + "-state[data-state=open]");
        }
    }

    private static void say(Browser browser, String name, String text) {
        WebElement nameField = browser.find("#chat-name");
        nameField.clear();
        nameField.sendKeys(name);
        browser.find("#chat-text").sendKeys(text);
        browser.find("#chat-send").click();
    }

    private static void awaitSaid(Browser browser, String author, String text, boolean mine) {
        WebElement message = browser.await(
                        "chat-log", "*[last()][contains(., '" + author + "')][contains(., '" + text + "')]")
                .findElement(By.cssSelector(":scope > :last-child"));
        assertThat(message.findElement(By.className("chat-body")).getText()).isEqualTo(text);
        assertThat(message.getAttribute("class").contains("mine")).isEqualTo(mine);
    }

    /** Waits until a figure is greater than a number. */
    private static void awaitFigure(Browser browser, String name, int least) {
        browser.await("figure-" + name, "number(translate(., ',', '')) > " + least);
    }

    /** The demo, with TLS or without. */
    private static Command demo(String scheme, Path certificate, Path key) {
        if (scheme.equals("http")) {
            return Command.start("demo", "--port", "0");
        }
        TestCertificate.make(certificate, key);
        return Command.start(
                "demo",
                "--port",
                "0",
                "--http",
                "all",
                "--tls-cert",
                certificate.toString(),
                "--tls-key",
                key.toString());
    }

    @ParameterizedTest
    @CsvSource({"http, HTTP/1.1", "https, HTTP/2", "https, HTTP/3"})
    void twoTabsChatTheEchoReturnsAndTheFiguresMove(
            String scheme, String version, @TempDir Path profile, @TempDir Path folder) throws IOException {
        Path certificate = folder.resolve("cert.pem");
        boolean http3 = version.equals("HTTP/3");
        try (Command demo = demo(scheme, certificate, folder.resolve("key.pem"));
                Browser browser = http3 ? Browser.overHttp3(profile, demo.port(), certificate) : new Browser(profile)) {
            String address = scheme + (http3 ? "://127.0.0.1:" : "://localhost:") + demo.port() + "/";
            browser.open(address);
            String ada = browser.driver.getWindowHandle();
            awaitConnections(browser);
            String grace = browser.openTab(address);
            awaitConnections(browser);
            browser.await("chat-people", ".='2 people here'");

            say(browser, "Grace", "Ahoy! Möwe → 😀");
            awaitSaid(browser, "Grace", "Ahoy! Möwe → 😀", true);
            browser.driver.switchTo().window(ada);
            awaitSaid(browser, "Grace", "Ahoy! Möwe → 😀", false);
            say(browser, "Ada", "<b>Ahoy yourself</b>");
            awaitSaid(browser, "Ada", "<b>Ahoy yourself</b>", true);

            browser.driver.switchTo().window(grace);
            awaitSaid(browser, "Ada", "<b>Ahoy yourself</b>", false);
            browser.find("#echo-text").clear();
            browser.find("#echo-text").sendKeys("There and back: é → 😀");
            browser.find("#echo-send").click();
            browser.await("#echo-log > :nth-child(1)[data-matches=true]");
            assertThat(browser.find("#echo-log > :nth-child(1)").getText()).contains("text", "There and back: é → 😀");
            browser.find("#echo-send-binary").click();
            browser.await("#echo-log > :nth-child(2)[data-matches=true]");
            assertThat(browser.find("#echo-log > :nth-child(2)").getText()).contains("binary");
            browser.find("#echo-burst").click();
            browser.await("#echo-log > :nth-child(102)");
            assertThat(browser.findAll("#echo-log > [data-matches=true]")).hasSize(102);
            assertThat(browser.find("#echo-summary").getText()).startsWith("100 of 100 equal");

            browser.await("figures-state", ".='Connected over " + version + "'");
            // Three connections of each tab; and the messages of the last second.
            browser.await("figure-connections", ".='6'");
            awaitFigure(browser, "total", 100);
            browser.find("#echo-burst").click();
            awaitFigure(browser, "messages", 0);
            awaitFigure(browser, "bytes", 0);
            awaitFigure(browser, "round-trip", 0);
            awaitFigure(browser, "saved", 0);

            Files.write(Path.of(System.getProperty("basedir", "."), "target", "demo.png"), browser.screenshot());
            assertThat(browser.log()).isEmpty();
        }
    }

    @Test
    void thePageComesBackAfterAReloadAndSaysWhenTheServerGoes(@TempDir Path profile) {
        try (Command demo = Command.start("demo", "--port", "0");
                Browser browser = new Browser(profile)) {
            browser.open("http://localhost:" + demo.port() + "/");
            awaitConnections(browser);
            browser.driver.navigate().refresh();
            awaitConnections(browser);
            browser.await("chat-people", ".='1 person here'");
            browser.find("#echo-send").click();
            browser.await("#echo-log > [data-matches=true]");

            demo.terminate();
            // It tries again and fails after this, so that 1001 may be gone before it is looked for.
            browser.await("#chat-state[data-state=closed]");
            assertThat(demo.exitCode()).isEqualTo(143);
        }
    }
}
