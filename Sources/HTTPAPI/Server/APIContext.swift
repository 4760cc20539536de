package import Hummingbird
package import NIOCore

/// What a request knows of its connection.
package struct APIContext: InitializableFromSource {
    package typealias Source = ApplicationRequestContextSource

    let channel: any Channel

    package init(source: ApplicationRequestContextSource) { channel = source.channel }
}
