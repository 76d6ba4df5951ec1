/** The command {@code marline}. */
module dev.marline.cli {
    requires com.fasterxml.jackson.jr.ob;
    requires dev.marline;
    requires info.picocli;
    requires static org.jspecify;
    requires org.jline.reader;
    requires org.jline.terminal;

    opens dev.marline.cli to
            info.picocli;
}
