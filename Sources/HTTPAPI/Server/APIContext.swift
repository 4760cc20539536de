import Hummingbird
import NIOCore

/// What a request knows of its connection.
struct APIContext: InitializableFromSource {
    typealias Source = ApplicationRequestContextSource

    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}
