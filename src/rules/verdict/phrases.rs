//! Words by which a post says that its rest is for subscribers.

use std::sync::LazyLock;

use regex::Regex;

use super::ending::{MAX_LEVELS, last_children};
use crate::html::outline::NodeId;
use crate::html::{Html, tag};
use crate::rules::condition::count_words;

/// How many words a block has at most that says so. A longer one is prose.
const MAX_WORDS: usize = 40;

/// How many words a block may have that stands after it: a button, a way to sign in.
const MAX_AFTER: usize = 15;

/// How many of the last blocks are looked at.
const MAX_BLOCKS: usize = 4;

/// How many bytes of markup a short block has at most; the words of a longer one are not looked at.
const MAX_BYTES: usize = 8 << 10;

/// How a block begins that says so, in the languages that newsletters are written in.
static GATE: LazyLock<Regex> = LazyLock::new(|| {
    // Borders of words by Unicode would make the fast engines give up at the first letter that is not ASCII.
    let ways = [EN, DE, FR, ES_IT_PT, NORTH, EAST].join("|").replace(r"\b", r"(?-u:\b)");
    Regex::new(&format!("(?ix) ^ \\W* ( {ways} )")).expect("a constant, compiled in the tests")
});

const EN: &str = r"
    (the\s+(rest|remainder)\s+of\s+)? th(is|e\s+full) \s+ (post|article|story|essay|issue|episode|edition|newsletter|content|piece) \s+
        (is|are) \s+ ((only|exclusively|available|reserved|accessible|exclusive|locked)\s+)* (for|to) \s+
        ((our|my|free|paid|paying|premium|registered|all)\s+)* (\w+\s+)? (subscribers|members|supporters|patrons) \b
  | (subscribe|upgrade|sign \s+ (up|in)|log\s+in|join|register|become \s+ an? \s+ (\w+\s+){0,2}(subscriber|member|supporter|patron)) \b
        [^.!?]* \b to \s+ ( (keep|continue) \s+ (reading|listening|watching) \b
        | ((get|gain|have)\s+access\s+to|access|read|see|view|unlock|finish|hear|get) \s+
          ( the \s+ (rest|remainder|full|whole|entire|complete) \b | (the\s+rest\s+of\s+)? this \s+ (post|article|story|issue|episode|piece|content) \b ) )
  | to \s+ ((keep|continue) \s+ reading | (read|see|unlock|access) \s+ the \s+ (rest|full|whole|entire)) \b [^.!?]* \b
        (subscribe|upgrade|sign \s+ (up|in)|log\s+in|join|register|become)
  | (keep|continue) \s+ (reading|listening|watching) \b [^.!?]* \b (free\s+trial|subscription|membership) \b
  | th(is|e) \s+ (content|post|article) \s+ is \s+ free \b [^.!?]* \b you \s+ (must|need\s+to|have\s+to) \s+ be
  | you \s+ (must|need\s+to|have\s+to) \s+ be \s+ (subscribed|logged\s+in|an?\s+(\w+\s+){0,2}(subscriber|member)) \b [^.!?]* \b to \s+ (keep|continue|read|access|view|see) \b
  | (you.re|you\s+are) \s+ (reading|on) \s+ (a|the) \s+ free \s+ (preview|version|list) \b
  | this \s+ (is|was) \s+ (only\s+)? an? \s+ (free\s+)? preview \s+ of \b
  | already \s+ an? \s+ (paid|paying) \s+ (subscriber|member) \b";

const DE: &str = r"
    (dieser|dieses|diese|der \s+ (ganze|vollständige) | der\s+rest\s+(dieses|des)) \s+ (beitrags?|artikels?|textes|text|posts?|ausgabe|inhalts?) \s+
        (ist|steht) \s+ [^.!?]* \b (für|nur) \s+ [^.!?]* (abonnent|mitglied|leser|unterstützer)
  | (jetzt\s+)? (abonnieren|registrieren|anmelden|mitglied\s+werden) \b [^.!?]* \b um \s+ [^.!?]* (weiterzulesen|weiter \s+ zu \s+ lesen|(ganzen|vollständigen|rest) \b [^.!?]* zu \s+ lesen)
  | um \s+ (weiterzulesen|weiter\s+zu\s+lesen|(diesen|den\s+(ganzen|vollständigen)) \s+ (beitrag|artikel|text) \b) [^.!?]* (abonn|mitglied|registrier|anmeld)
  | weiterlesen \s+ (mit|im) \s+ [^.!?]* (abo\b|abonnement|mitgliedschaft|probeabo)";

const FR: &str = r"
    (cet\s+article|cette\s+(publication|édition|lettre)|ce\s+(post|contenu|texte|billet)|la\s+suite(\s+de\s+cet\s+article)?) \s+
        est \s+ [^.!?]* (réservée?|accessible) [^.!?]* (abonné|membre)
  | (abonnez.vous|inscrivez.vous) \b [^.!?]* \b pour \s+ (lire\s+(la\s+suite|l.intégralité|le\s+reste|cet\s+article)|continuer|poursuivre|accéder\s+à\s+(la\s+suite|cet))
  | il \s+ vous \s+ reste \s+ [\d.,]+ \s* % \s+ (de\s+cet\s+article\s+)? à \s+ lire";

const ES_IT_PT: &str = r"
    est[ae] \s+ (publicación|artículo|contenido|texto|entrada|post|artigo|conteúdo|publicação) \s+ (es|está|é) \s+ [^.!?]* (para|a) \s+ (\w+\s+){0,3} (suscriptores|miembros|socios|assinantes|subscritores|membros)
  | (suscr[íi]bete|reg[íi]strate|hazte\s+socio) \b [^.!?]* \b para \s+ (seguir|continuar|leer\s+(el\s+resto|el\s+art[íi]culo|esta?\b))
  | (assine|assina|subscreva|subscreve) \b [^.!?]* \b para \s+ (continuar|ler\s+(o\s+resto|o\s+artigo|est[ea]\b))
  | (questo|il\s+resto\s+di\s+questo) \s+ (articolo|post|contenuto|testo) \s+ è \s+ [^.!?]* (abbonati|iscritti|membri)
  | (abbonati|iscriviti) \b [^.!?]* \b per \s+ (continuare|proseguire|leggere\s+(il\s+resto|tutto|l.articolo|questo))";

const NORTH: &str = r"
    (deze?|dit) \s+ (bericht|artikel|post|tekst|nieuwsbrief|aflevering) \s+ is \s+ [^.!?]* \b voor \s+ (\w+\s+)? (abonnees|leden)
  | (abonneer|word\s+(abonnee|lid)|meld\s+je\s+aan) \b [^.!?]* \b om \s+ [^.!?]* (verder|door) \s* te \s* lezen
  | (det\s+här\s+inlägget|detta\s+inlägg|denna\s+(artikel|text)|den\s+här\s+(artikeln|texten)|denne\s+artikk?el(en)?|dette\s+ind?n?lægg?et|dette\s+innlegget) \s+
        (är|er) \s+ [^.!?]* (för|for) \s+ (\w+\s+)? (prenumeranter|abonnenter|medlemmar|medlemmer)";

const EAST: &str = r"
    ten \s+ (wpis|artykuł|tekst|post) \s+ jest \s+ [^.!?]* dla \s+ (\w+\s+)? (subskrybentów|prenumeratorów|patronów|abonentów)
  | (этот\s+(пост|текст|материал)|эта\s+статья) \s+ [^.!?]* (подписчик|по\s+подписке)
  | (この|続きは?)(記事|投稿|続き)?[はを]? .{0,12} (有料|会員|メンバーシップ) | (本文|此文|剩余内容|此内容|以下内容) .{0,10} (付费|会员|订阅)";

/// The block that says so, with all that stands after it.
pub fn gate(html: &Html<'_>) -> Option<Vec<NodeId>> {
    let mut parent = None;
    for _ in 0..MAX_LEVELS {
        let blocks = last_children(html, parent, MAX_BLOCKS);
        if let Some(at) = gate_in(html, &blocks) {
            return Some(blocks[at..].to_vec());
        }
        let last = *blocks.last()?;
        let is_container =
            matches!(html.node(last).name, tag::DIV | tag::SECTION | tag::ARTICLE | tag::ASIDE | tag::BODY);
        parent = is_container.then_some(Some(last))?;
    }
    None
}

/// Which of the last blocks says so. Those after it are short.
fn gate_in(html: &Html<'_>, blocks: &[NodeId]) -> Option<usize> {
    for (at, block) in blocks.iter().enumerate().rev() {
        if html.node(*block).span().len() > MAX_BYTES {
            return None;
        }
        let words = html.words(*block);
        let count = count_words(&words);
        if count <= MAX_WORDS && GATE.is_match(&words) {
            return Some(at);
        }
        if count > MAX_AFTER {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_a_post_is_cut_off_with() {
        for words in [
            "This post is for paid subscribers",
            "This post is for paying subscribers only",
            "This episode is only available to premium members.",
            "The rest of this article is for members",
            "Subscribe to read the rest.",
            "Subscribe to The Tide Table to keep reading this post and get 7 days of free access",
            "Keep reading with a 7-day free trial",
            "Upgrade to paid to unlock the full post",
            "Become a paying subscriber of Harbour Notes to get access to this post",
            "This content is free, but you must be subscribed to Harbour Notes to continue reading.",
            "To read the rest of this issue, please subscribe",
            "You're reading a free preview.",
            "Already a paid subscriber? Sign in",
            "Dieser Beitrag ist nur für zahlende Abonnenten",
            "Jetzt abonnieren, um weiterzulesen",
            "Cet article est réservé aux abonnés",
            "Abonnez-vous pour lire la suite",
            "Il vous reste 72.5% de cet article à lire. La suite est réservée aux abonnés.",
            "Esta publicación es para suscriptores de pago",
            "Suscríbete para seguir leyendo",
            "Questo articolo è riservato agli abbonati",
            "Este artigo é exclusivo para assinantes",
            "Dit artikel is alleen voor abonnees",
            "Det här inlägget är för betalande prenumeranter",
            "Ten wpis jest dostępny tylko dla płatnych subskrybentów",
            "Этот пост доступен только подписчикам",
        ] {
            assert!(GATE.is_match(words), "{words}");
        }
    }

    #[test]
    fn words_that_posts_end_with_all_the_same() {
        for words in [
            "Thanks for reading! Subscribe for free to receive new posts and support my work.",
            "Subscribe to get more posts like this",
            "Harbour Notes is a reader-supported publication.",
            "This post is free, share it.",
            "This post is public so feel free to share it.",
            "Continue reading the archive",
            "This post is for everybody who ever missed a ferry",
            "Join us to see the new boats",
            "Upgrade to the new version to read files faster",
            "Become a member",
            "Dieser Beitrag ist zuerst im Hafenblatt erschienen",
            "Cet article est paru hier",
        ] {
            assert!(!GATE.is_match(words), "{words}");
        }
    }
}
