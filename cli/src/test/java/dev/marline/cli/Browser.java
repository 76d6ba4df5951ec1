package dev.marline.cli;

import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.openqa.selenium.By;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Chromium without a window, in a new profile, which takes any certificate. */
final class Browser implements AutoCloseable {
    /** Selenium warns that it does not know this Chromium's debugging protocol, which nothing here uses. Kept, or it would be lost. */
    private static final Logger DEVTOOLS = Logger.getLogger("org.openqa.selenium.devtools");

    final ChromeDriver driver;

    /**
     * Starts the browser.
     *
     * @param profile an empty folder
     * @param more arguments
     */
    Browser(Path profile, String... more) {
        DEVTOOLS.setLevel(Level.SEVERE);
        LoggingPreferences logging = new LoggingPreferences();
        logging.enable(LogType.BROWSER, Level.ALL);
        ChromeOptions options = new ChromeOptions()
                .setBinary(new File(Tools.find("chromium")))
                .addArguments(
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--disable-dev-shm-usage",
                        "--window-size=1280,1000",
                        "--user-data-dir=" + profile)
                .addArguments(more);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logging);
        options.setAcceptInsecureCerts(true);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(new File(Tools.find("chromedriver")))
                .usingAnyFreePort()
                .build();
        driver = new ChromeDriver(service, options);
    }

    /**
     * One that speaks HTTP/3, and nothing else, with a server on 127.0.0.1: it would not try by itself, and takes no certificate there
     * that nobody vouches for, unless it is told which.
     */
    static Browser overHttp3(Path profile, int port, Path certificate) {
        return new Browser(
                profile,
                "--enable-quic",
                "--origin-to-force-quic-on=127.0.0.1:" + port,
                "--enable-features=EnableWebsocketsOverHttp3",
                "--ignore-certificate-errors-spki-list=" + TestCertificate.publicKeyHash(certificate));
    }

    void open(String address) {
        driver.get(address);
    }

    /** Another tab, which is then the one that is looked at. */
    String openTab(String address) {
        driver.switchTo().newWindow(WindowType.TAB);
        driver.get(address);
        return driver.getWindowHandle();
    }

    WebElement find(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    List<WebElement> findAll(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    /** Waits until there is such an element on the page. */
    WebElement await(String selector) {
        return await(By.cssSelector(selector));
    }

    /**
     * Waits until something is true of an element.
     *
     * @param condition in XPath, {@code .='hello'} say
     */
    WebElement await(String id, String condition) {
        return await(By.xpath("//*[@id='" + id + "'][" + condition + "]"));
    }

    private WebElement await(By element) {
        driver.manage().timeouts().implicitlyWait(Duration.ofSeconds(RunningProgram.PATIENCE_SECONDS));
        try {
            return driver.findElement(element);
        } catch (NoSuchElementException e) {
            throw new AssertionError("waited in vain for " + element + "; the page's log: " + log(), e);
        } finally {
            driver.manage().timeouts().implicitlyWait(Duration.ZERO);
        }
    }

    /** What the page has logged since this was asked last. */
    List<String> log() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::getMessage)
                .toList();
    }

    byte[] screenshot() {
        return driver.getScreenshotAs(OutputType.BYTES);
    }

    @Override
    public void close() {
        driver.quit();
    }
}
