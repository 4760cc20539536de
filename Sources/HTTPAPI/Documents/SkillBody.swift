internal import JSONDocuments
import Routing

/// A skill in JSON.
enum SkillBody {
    static func view(_ document: SkillDocument, id: String) -> JSONValue {
        ["id": .text(id), "name": .text(document.name), "kind": document.isLanguage ? "language" : "skill"]
    }

    static func document(_ body: JSONValue) -> SkillDocument {
        SkillDocument(name: body["name"]?.text ?? "", isLanguage: body["kind"]?.text == "language")
    }
}
