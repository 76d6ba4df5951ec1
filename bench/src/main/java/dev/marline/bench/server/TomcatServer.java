package dev.marline.bench.server;

import jakarta.servlet.ServletContainerInitializer;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/**
 * Tomcat with few threads: whole messages go back, written while the reader waits. It compresses for every client that offers to.
 * Broadcast is left out.
 */
final class TomcatServer {
    private TomcatServer() {}

    static void start(ServerSettings settings) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory("marline-bench-tomcat").toString());
        tomcat.setPort(settings.port());
        Connector connector = tomcat.getConnector();
        connector.setProperty("maxThreads", "4");
        connector.setProperty("minSpareThreads", "2");
        connector.setProperty("maxConnections", "-1");
        connector.setProperty("acceptCount", Integer.toString(EchoServer.BACKLOG));
        connector.setProperty("tcpNoDelay", "true");
        Context context = tomcat.addContext("", null);
        context.addServletContainerInitializer(new WsSci(), null);
        context.addServletContainerInitializer(addEcho(settings.maxMessageBytes()), null);
        // The filter that upgrades connections is only asked where a servlet is mapped.
        Tomcat.addServlet(context, "default", new DefaultServlet()).addMapping("/");
        tomcat.start();
    }

    private static ServletContainerInitializer addEcho(int maxMessageBytes) {
        return (Set<Class<?>> classes, jakarta.servlet.ServletContext servlets) -> {
            ServerContainer webSockets = (ServerContainer) servlets.getAttribute(ServerContainer.class.getName());
            // Each session has buffers of these sizes from the start.
            webSockets.setDefaultMaxTextMessageBufferSize(maxMessageBytes);
            webSockets.setDefaultMaxBinaryMessageBufferSize(maxMessageBytes);
            try {
                webSockets.addEndpoint(
                        ServerEndpointConfig.Builder.create(Echo.class, "/").build());
            } catch (DeploymentException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    /** Public, as Tomcat makes the instances. */
    public static final class Echo extends Endpoint {
        @Override
        public void onOpen(Session session, EndpointConfig config) {
            RemoteEndpoint.Basic peer = session.getBasicRemote();
            session.addMessageHandler(new MessageHandler.Whole<String>() {
                @Override
                public void onMessage(String text) {
                    try {
                        peer.sendText(text);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
            session.addMessageHandler(new MessageHandler.Whole<ByteBuffer>() {
                @Override
                public void onMessage(ByteBuffer binary) {
                    try {
                        peer.sendBinary(binary);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
        }
    }
}
