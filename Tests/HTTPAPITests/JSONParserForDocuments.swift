import Foundation
import HTTPAPI
import JSONDocuments

/// Reads documents that are larger than request bodies may be.
enum JSONParserForDocuments {
    static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        try convert(JSONSerialization.jsonObject(with: Data(bytes)))
    }

    private static func convert(_ value: Any) throws -> JSONValue {
        switch value {
        case let text as String: .text(text)
        case let members as [String: Any]:
            .object(try members.sorted { $0.key < $1.key }.map { .init($0.key, try convert($0.value)) })
        case let items as [Any]: .list(try items.map(convert))
        case let number as NSNumber: .number(number.doubleValue)
        default: .null
        }
    }
}
